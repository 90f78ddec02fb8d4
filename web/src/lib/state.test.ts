import { describe, expect, it } from "vitest";

import { bounds, readRange } from "./range";
import { all, one, parseSearch, writeSearch } from "./search";
import { ago, clock, exact, isNever } from "./time";

describe("time range in the URL", () => {
  it("takes a preset, and the last hour for what it does not know", () => {
    expect(readRange({ range: "15m" }).seconds).toBe(900);
    expect(readRange({ range: "nonsense" }).preset).toBe("1h");
  });

  it("takes two instants, but not in the wrong order", () => {
    const range = readRange({ start: "2026-01-01T00:00:00Z", end: "2026-01-01T02:00:00Z" });
    expect(range).toMatchObject({ preset: null, seconds: 7200 });
    expect(bounds(range, 0)).toEqual({ start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T02:00:00.000Z" });
    expect(readRange({ start: "2026-01-01T02:00:00Z", end: "2026-01-01T00:00:00Z" }).preset).toBe("1h");
  });

  it("leaves the end of a moving range open", () => {
    expect(bounds(readRange({ range: "5m" }), Date.parse("2026-01-01T00:05:00Z"))).toEqual({ start: "2026-01-01T00:00:00.000Z" });
  });
});

describe("search state", () => {
  it("keeps repeated keys and equals signs", () => {
    const search = parseSearch("?attribute=a%3Db&attribute=c%3Dd%3De&q=x+y");
    expect(all(search, "attribute")).toEqual(["a=b", "c=d=e"]);
    expect(one(search, "q")).toBe("x y");
    expect(parseSearch(writeSearch(search))).toEqual(search);
  });

  it("writes nothing for nothing", () => {
    expect(writeSearch({ a: undefined, b: "", c: [] })).toBe("");
  });
});

describe("times", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  it("says how long ago", () => {
    expect([now + 5000, now - 12_000, now - 200_000, now - 7_200_000, now - 200_000_000].map((at) => ago(at, now))).toEqual(["now", "12 s ago", "3 min ago", "2 h ago", "2 d ago"]);
  });

  it("adds the day when it is another one", () => {
    expect(clock(now - 3_600_000, "utc", now)).toBe("11:00:00");
    expect(clock(now - 86_400_000, "utc", now)).toBe("20 Nov 12:00:00");
    expect(exact(now, "utc")).toBe("21 Nov 2026, 12:00:00.000 UTC");
  });

  it("knows the epoch for never", () => {
    expect([isNever("1970-01-01T00:00:00Z"), isNever(""), isNever("2026-01-01T00:00:00Z")]).toEqual([true, true, false]);
  });
});
