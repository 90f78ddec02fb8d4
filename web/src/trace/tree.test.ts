import { describe, expect, it } from "vitest";

import { span } from "../testing/spans";
import { buildTree, collapseFrom, errorPositions, neighbour, reveal, rowOf, search, visibleRows, type TraceTree } from "./tree";

const ids = (tree: TraceTree) => tree.spans.map((one) => one.span_id);

/** root ─ a ─ a1, a2 ; root ─ b */
const family = () =>
  buildTree([
    span("b", "root", 5, 1),
    span("a2", "a", 2, 1, { status: "error", error_type: "Timeout", cost_usd: 0.5 }),
    span("root", null, 0, 10),
    span("a1", "a", 1, 1, { input_tokens: 10, output_tokens: 5, cost_usd: null }),
    span("a", "root", 1, 3),
  ]);

describe("buildTree", () => {
  it("puts spans in depth-first order, siblings by start", () => {
    const tree = family();
    expect(ids(tree)).toEqual(["root", "a", "a1", "a2", "b"]);
    expect([...tree.depth]).toEqual([0, 1, 2, 2, 1]);
    expect([...tree.size]).toEqual([5, 3, 1, 1, 1]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 1, 0]);
  });

  it("adds errors, tokens and cost up the tree; an unknown price adds nothing", () => {
    const tree = family();
    expect([...tree.errors]).toEqual([1, 1, 0, 1, 0]);
    expect(tree.tokens[0]).toBe(15);
    expect(tree.cost[1]).toBe(0.5);
  });

  it("shows spans whose parent has not arrived, and says so", () => {
    const tree = buildTree([span("lost", "never", 3, 1), span("root", null, 0, 2)]);
    expect(ids(tree)).toEqual(["root", "lost"]);
    expect([...tree.orphan]).toEqual([0, 1]);
    expect(tree.to).toBe(4);
  });

  it("survives parents that form a circle, a span that is its own parent, and doubled ids", () => {
    const tree = buildTree([span("x", "y", 0, 1), span("y", "x", 1, 1), span("me", "me", 2, 1), span("twin", null, 3, 1), span("twin", null, 4, 1)]);
    expect(ids(tree).sort()).toEqual(["me", "twin", "twin", "x", "y"]);
  });

  it("takes an empty trace", () => {
    const tree = buildTree([]);
    expect(visibleRows(tree, new Set()).length).toBe(0);
    expect(tree.to).toBeGreaterThan(tree.from);
  });

  it("does not recurse: a chain of 50,000 spans is fine, and quick", () => {
    const chain = Array.from({ length: 50_000 }, (_, i) => span(String(i), i === 0 ? null : String(i - 1), i * 0.001, 60));
    const begun = performance.now();
    const tree = buildTree(chain);
    expect(tree.depth[49_999]).toBe(49_999);
    expect(tree.size[0]).toBe(50_000);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("folding", () => {
  it("hides what is below a collapsed span and nothing else", () => {
    const tree = family();
    expect([...visibleRows(tree, new Set(["a"]))]).toEqual([0, 1, 4]);
    expect([...visibleRows(tree, new Set())]).toEqual([0, 1, 2, 3, 4]);
  });

  it("collapses from a depth on", () => {
    expect([...collapseFrom(family(), 1)]).toEqual(["a"]);
    expect([...collapseFrom(family(), 0)]).toEqual(["root", "a"]);
  });

  it("opens the ancestors of what must be seen", () => {
    const tree = family();
    const closed = new Set(["root", "a", "b"]);
    expect([...reveal(tree, closed, 3)]).toEqual(["b"]);
    expect(reveal(tree, closed, 0)).toBe(closed);
  });

  it("finds the row of a position", () => {
    const rows = visibleRows(family(), new Set(["a"]));
    expect(rowOf(rows, 4)).toBe(2);
    expect(rowOf(rows, 2)).toBe(-1);
  });
});

describe("finding", () => {
  it("searches names, agents, errors and ids, without regard to case", () => {
    const tree = family();
    expect(search(tree, "TIMEOUT")).toEqual([3]);
    expect(search(tree, "span a")).toEqual([1, 2, 3]);
    expect(search(tree, "  ")).toEqual([]);
  });

  it("goes round: after the last comes the first", () => {
    expect(errorPositions(family())).toEqual([3]);
    expect(neighbour([2, 7], 2, false)).toBe(7);
    expect(neighbour([2, 7], 7, false)).toBe(2);
    expect(neighbour([2, 7], 2, true)).toBe(7);
    expect(neighbour([], 1, false)).toBeUndefined();
  });
});
