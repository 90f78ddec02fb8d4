/** The time range of the page: a preset ("1h") or two instants, as it stands in the URL. */

export interface RangeSearch {
  range?: string | undefined;
  start?: string | undefined;
  end?: string | undefined;
}

export const PRESETS = [
  { key: "5m", label: "Last 5 minutes", seconds: 300 },
  { key: "15m", label: "Last 15 minutes", seconds: 900 },
  { key: "1h", label: "Last hour", seconds: 3600 },
  { key: "6h", label: "Last 6 hours", seconds: 21_600 },
  { key: "24h", label: "Last 24 hours", seconds: 86_400 },
  { key: "7d", label: "Last 7 days", seconds: 604_800 },
  { key: "30d", label: "Last 30 days", seconds: 2_592_000 },
] as const;

export const DEFAULT_PRESET = "1h";

/** A range with a fixed end never moves; one without follows the clock. */
export interface TimeRange {
  preset: string | null;
  seconds: number;
  start: string | null;
  end: string | null;
}

export function readRange(search: RangeSearch): TimeRange {
  const start = Date.parse(search.start ?? "");
  const end = Date.parse(search.end ?? "");
  if (!Number.isNaN(start) && !Number.isNaN(end) && start < end) {
    return { preset: null, seconds: (end - start) / 1000, start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  }
  const preset = PRESETS.find((one) => one.key === search.range) ?? PRESETS.find((one) => one.key === DEFAULT_PRESET);
  return { preset: preset?.key ?? DEFAULT_PRESET, seconds: preset?.seconds ?? 3600, start: null, end: null };
}

/** `start` and `end` as the API wants them, at the moment of asking. */
export function bounds(range: TimeRange, now: number): { start: string; end?: string } {
  if (range.start !== null && range.end !== null) return { start: range.start, end: range.end };
  return { start: new Date(now - range.seconds * 1000).toISOString() };
}
