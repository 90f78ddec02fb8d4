/**
 * The span tree of a trace as flat arrays, made for 50,000 spans: built in one pass, collapsed by
 * skipping, and never turned into nested objects.
 *
 * A *position* is a span's place in depth-first order; every array here is indexed by it.
 */
import type { Span } from "../api/types";

export interface TraceTree {
  /** Spans in depth-first order, siblings by start. */
  spans: Span[];
  depth: Uint16Array;
  /** Spans of the subtree, the span itself included: `position + size` is the next sibling or uncle. */
  size: Int32Array;
  /** Position of the parent, -1 for roots. */
  parent: Int32Array;
  /** 1 where the span names a parent that has not arrived. */
  orphan: Uint8Array;
  /** Failed spans, tokens and dollars of the subtree, the span itself included. */
  errors: Int32Array;
  tokens: Float64Array;
  cost: Float64Array;
  position: Map<string, number>;
  /** Seconds from the trace's start to the first and the last moment of any span. */
  from: number;
  to: number;
}

/** Earlier first; of two that start together the longer one, since it tends to contain the other. */
function byStart(spans: readonly Span[]): Int32Array {
  const order = Int32Array.from(spans.keys());
  const at = (index: number) => spans[index] as Span;
  return order.sort((a, b) => at(a).offset_seconds - at(b).offset_seconds || at(b).duration_seconds - at(a).duration_seconds || a - b);
}

/** Children as linked lists: `first[i]`, `next[child]`; roots hang under index `spans.length`. */
function link(spans: readonly Span[], order: Int32Array) {
  const root = spans.length;
  const first = new Int32Array(root + 1).fill(-1);
  const last = new Int32Array(root + 1).fill(-1);
  const next = new Int32Array(root).fill(-1);
  const orphan = new Uint8Array(root);
  const index = new Map<string, number>();
  spans.forEach((span, i) => {
    if (!index.has(span.span_id)) index.set(span.span_id, i);
  });
  for (const i of order) {
    const span = spans[i] as Span;
    const named = span.parent_span_id === null || span.parent_span_id === "" ? undefined : index.get(span.parent_span_id);
    if (named === undefined && span.parent_span_id !== null && span.parent_span_id !== "") orphan[i] = 1;
    const parent = named === undefined || named === i ? root : named;
    if (first[parent] === -1) first[parent] = i;
    else next[last[parent] as number] = i;
    last[parent] = i;
  }
  return { first, next, orphan, root };
}

export function buildTree(input: readonly Span[]): TraceTree {
  const count = input.length;
  const order = byStart(input);
  const { first, next, orphan, root } = link(input, order);
  const tree: TraceTree = {
    spans: [], depth: new Uint16Array(count), size: new Int32Array(count).fill(1), parent: new Int32Array(count).fill(-1), orphan: new Uint8Array(count),
    errors: new Int32Array(count), tokens: new Float64Array(count), cost: new Float64Array(count), position: new Map(), from: 0, to: 0,
  };
  const seen = new Uint8Array(count);
  const place = (i: number, parent: number) => {
    const span = input[i] as Span;
    const position = tree.spans.push(span) - 1;
    seen[i] = 1;
    tree.parent[position] = parent;
    tree.depth[position] = parent === -1 ? 0 : (tree.depth[parent] as number) + 1;
    tree.orphan[position] = orphan[i] as number;
    if (!tree.position.has(span.span_id)) tree.position.set(span.span_id, position);
    return position;
  };
  /** Depth first without recursion: agents nest deeper than a call stack likes. */
  const walk = (start: number) => {
    const stack: [number, number][] = [[start, -1]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [i, parent] = top;
      if (seen[i] === 1) continue;
      const position = place(i, parent);
      const children: [number, number][] = [];
      for (let child = first[i] as number; child !== -1; child = next[child] as number) children.push([child, position]);
      while (children.length > 0) stack.push(children.pop() as [number, number]);
    }
  };
  for (let i = first[root] as number; i !== -1; i = next[i] as number) walk(i);
  // What is left sits on a cycle of parents: broken telemetry, shown all the same.
  for (const i of order) if (seen[i] === 0) walk(i);
  sumUp(tree);
  return tree;
}

/** Children come after their parents, so one pass backwards adds everything up. */
function sumUp(tree: TraceTree): void {
  let from = Infinity;
  let to = 0;
  for (let position = tree.spans.length - 1; position >= 0; position--) {
    const span = tree.spans[position] as Span;
    from = Math.min(from, span.offset_seconds);
    to = Math.max(to, span.offset_seconds + span.duration_seconds);
    tree.errors[position] = (tree.errors[position] as number) + (span.status === "error" ? 1 : 0);
    tree.tokens[position] = (tree.tokens[position] as number) + span.input_tokens + span.output_tokens;
    tree.cost[position] = (tree.cost[position] as number) + (span.cost_usd ?? 0);
    const parent = tree.parent[position] as number;
    if (parent === -1) continue;
    tree.size[parent] = (tree.size[parent] as number) + (tree.size[position] as number);
    tree.errors[parent] = (tree.errors[parent] as number) + (tree.errors[position] as number);
    tree.tokens[parent] = (tree.tokens[parent] as number) + (tree.tokens[position] as number);
    tree.cost[parent] = (tree.cost[parent] as number) + (tree.cost[position] as number);
  }
  tree.from = Number.isFinite(from) ? from : 0;
  tree.to = Math.max(to, tree.from + 1e-9);
}

/** Positions that are on the screen when the spans in `collapsed` (by id) hide what is below them. */
export function visibleRows(tree: TraceTree, collapsed: ReadonlySet<string>): Int32Array {
  const rows = new Int32Array(tree.spans.length);
  let count = 0;
  for (let position = 0; position < tree.spans.length; ) {
    rows[count++] = position;
    const hidden = collapsed.size > 0 && collapsed.has((tree.spans[position] as Span).span_id);
    position += hidden ? (tree.size[position] as number) : 1;
  }
  return rows.subarray(0, count);
}

/** Where `position` stands in `rows` (ascending), or -1 while it is hidden. */
export function rowOf(rows: Int32Array, position: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = rows[middle] as number;
    if (value === position) return middle;
    if (value < position) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** `collapsed` without the ancestors of `position`, so that it can be seen. */
export function reveal(tree: TraceTree, collapsed: ReadonlySet<string>, position: number): ReadonlySet<string> {
  const opened = new Set(collapsed);
  for (let at = tree.parent[position] ?? -1; at !== -1; at = tree.parent[at] as number) opened.delete((tree.spans[at] as Span).span_id);
  return opened.size === collapsed.size ? collapsed : opened;
}

/** Every span at `depth` or deeper that has children. */
export function collapseFrom(tree: TraceTree, depth: number): ReadonlySet<string> {
  const closed = new Set<string>();
  tree.spans.forEach((span, position) => {
    if ((tree.size[position] as number) > 1 && (tree.depth[position] as number) >= depth) closed.add(span.span_id);
  });
  return closed;
}

/** Positions whose own status is an error; the deepest ones are usually the cause. */
export function errorPositions(tree: TraceTree): number[] {
  const found: number[] = [];
  tree.spans.forEach((span, position) => {
    if (span.status === "error") found.push(position);
  });
  return found;
}

export function search(tree: TraceTree, text: string): number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const found: number[] = [];
  tree.spans.forEach((span, position) => {
    const fields = [span.name, span.agent, span.model, span.tool, span.operation, span.service, span.error_type, span.status_message, span.span_id];
    if (fields.some((field) => field.toLowerCase().includes(wanted))) found.push(position);
  });
  return found;
}

/** The next of `positions` after (or before) `from`, round and round. */
export function neighbour(positions: readonly number[], from: number, back: boolean): number | undefined {
  if (positions.length === 0) return undefined;
  if (back) return positions.findLast((position) => position < from) ?? positions.at(-1);
  return positions.find((position) => position > from) ?? positions[0];
}
