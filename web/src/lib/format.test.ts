import { describe, expect, it } from "vitest";

import { bytes, compact, count, duration, NOTHING, percent, perMinute, plural, usd } from "./format";

describe("duration", () => {
  it.each([
    [0, "0 ms"], [0.00000048, "0.48 µs"], [0.00048, "480 µs"], [0.0123, "12.3 ms"], [0.9999, "1.00 s"], [2.4149, "2.41 s"], [59.96, "1m 00s"], [185, "3m 05s"], [8040, "2h 14m"], [90_000, "1d 01h"],
  ])("%d s reads %s", (seconds, text) => expect(duration(seconds)).toBe(text));
  it("has a dash for nothing", () => expect(duration(null)).toBe(NOTHING));
});

describe("money", () => {
  it.each([[0, "$0.00"], [0.00001, "<$0.0001"], [0.0123, "$0.0123"], [0.5, "$0.5000"], [1.005, "$1.00"], [23.456, "$23.46"], [12_345.6, "$12,346"], [-2, "−$2.00"], [null, NOTHING]])("%s reads %s", (value, text) =>
    expect(usd(value)).toBe(text),
  );
});

describe("numbers", () => {
  it.each([[0, "0"], [999, "999"], [999.6, "1.00k"], [12_345, "12.3k"], [1_234_567, "1.23M"], [3.14159, "3.14"]])("%d is %s, compact", (value, text) => expect(compact(value)).toBe(text));
  it.each([[0, "0 %"], [0.0001, "<0.1 %"], [0.0355, "3.5 %"], [1, "100 %"]])("a share of %d is %s", (value, text) => expect(percent(value)).toBe(text));
  it("groups thousands", () => expect(count(50_000)).toBe("50,000"));
  it("keeps rates short", () => expect([0.5, 12.34, 150.2].map(perMinute)).toEqual(["0.50", "12.3", "150"]));
  it("knows one from many", () => expect([plural(1, "span"), plural(2, "span")]).toEqual(["1 span", "2 spans"]));
  it("counts bytes in binary units", () => expect([bytes(12), bytes(2048), bytes(3 << 20)]).toEqual(["12 B", "2.00 KiB", "3.00 MiB"]));
});
