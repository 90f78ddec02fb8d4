/** From API points to chart columns. */
export interface Point {
  time: string;
  errors: number;
  p95_seconds: number | null;
  cost_usd: number | null;
}

export interface Columns {
  times: number[];
  counts: number[];
  errors: number[];
  p95: (number | null)[];
  cost: (number | null)[];
}

export function columns<P extends Point>(points: readonly P[], countOf: (point: P) => number): Columns {
  return {
    times: points.map((point) => Date.parse(point.time) / 1000),
    counts: points.map(countOf),
    errors: points.map((point) => point.errors),
    p95: points.map((point) => point.p95_seconds),
    cost: points.map((point) => point.cost_usd),
  };
}
