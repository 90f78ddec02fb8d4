import { expect, it } from "vitest";

import { bar, ticks } from "./scale";

it("places a bar inside the view and clips it at the edges", () => {
  const view = { from: 10, to: 20 };
  expect(bar(view, 12.5, 5)).toEqual({ left: 25, width: 50 });
  expect(bar(view, 5, 10)).toEqual({ left: 0, width: 50 });
  expect(bar(view, 1, 2)).toBeNull();
  expect(bar(view, 30, 2)).toBeNull();
});

it("chooses round ticks", () => {
  expect(ticks({ from: 0, to: 2.2 }, 6)).toEqual([0, 0.5, 1, 1.5, 2]);
  expect(ticks({ from: 0, to: 3000 }, 6)).toEqual([0, 500, 1000, 1500, 2000, 2500, 3000]);
  expect(ticks({ from: 0.0123, to: 0.0127 }, 5).length).toBeLessThanOrEqual(6);
});
