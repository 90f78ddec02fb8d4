import { expect, it } from "vitest";

import { shortType, withoutType } from "./errors";

it("shortens dotted names and nothing else", () => {
  expect([shortType("shop.failures.Timeout"), shortType("500"), shortType("connection reset. retry")]).toEqual(["Timeout", "500", "connection reset. retry"]);
});

it("says the type once", () => {
  expect(withoutType("Timeout: no answer", "shop.failures.Timeout")).toBe("no answer");
  expect(withoutType("no answer: Timeout", "Timeout")).toBe("no answer: Timeout");
});
