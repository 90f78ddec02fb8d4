import type { Span } from "../api/types";

/** A span with everything a test does not care about. */
export function span(id: string, parent: string | null, offset: number, length: number, more: Partial<Span> = {}): Span {
  return {
    span_id: id, parent_span_id: parent, name: `span ${id}`, kind: "Internal", service: "s", operation: "task", agent: "", target_agent: "", model: "", provider: "", tool: "",
    start_time: "2026-01-01T00:00:00Z", offset_seconds: offset, duration_seconds: length, status: "unset", status_message: "", error_type: "", input_tokens: 0, output_tokens: 0,
    cost_usd: 0, has_messages: false, ...more,
  };
}
