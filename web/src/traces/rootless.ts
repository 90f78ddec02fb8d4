import type { TraceSummary } from "../api/types";

export const ROOTLESS = "The first span of this trace has not arrived: it ends last";

/** So long after its last span a trace without a root is taken to be running. */
const RUNNING_MS = 120_000;

/** A root span arrives when it ends: without it a young trace is at work, an old one is torn. */
export function rootless(trace: TraceSummary, now: number): string {
  const last = Date.parse(trace.start_time) + trace.duration_seconds * 1000;
  return now - last < RUNNING_MS ? "running" : "root missing";
}
