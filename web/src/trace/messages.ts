/** GenAI messages as they come, brought to one shape for reading. Unknown parts are kept, as JSON. */

export type Part =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "call"; id: string; name: string; arguments: unknown }
  | { kind: "response"; id: string; response: unknown }
  | { kind: "other"; type: string; value: unknown };

export interface Message {
  role: string;
  parts: Part[];
  finish: string;
}

type Loose = Record<string, unknown>;

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value));

function readPart(raw: unknown): Part {
  if (typeof raw === "string") return { kind: "text", text: raw };
  if (!isObject(raw)) return { kind: "other", type: typeof raw, value: raw };
  const type = text(raw.type);
  if (type === "text") return { kind: "text", text: text(raw.content ?? raw.text) };
  if (type === "reasoning" || type === "thinking") return { kind: "reasoning", text: text(raw.content ?? raw.thinking ?? raw.text) };
  if (type === "tool_call" || type === "tool_use") return { kind: "call", id: text(raw.id), name: text(raw.name), arguments: raw.arguments ?? raw.input };
  if (type === "tool_call_response" || type === "tool_result") return { kind: "response", id: text(raw.id ?? raw.tool_use_id), response: raw.response ?? raw.result ?? raw.content };
  return { kind: "other", type: type === "" ? "part" : type, value: raw };
}

/** Chat-completions style calls sit beside the content instead of in the parts. */
function besideContent(raw: Loose): Part[] {
  const calls = raw.tool_calls;
  if (!Array.isArray(calls)) return [];
  return calls.filter(isObject).map((call) => {
    const inner = isObject(call.function) ? call.function : call;
    return { kind: "call", id: text(call.id), name: text(inner.name), arguments: inner.arguments };
  });
}

function readMessage(raw: unknown): Message {
  if (!isObject(raw)) return { role: "", parts: [readPart(raw)], finish: "" };
  const body = raw.parts ?? raw.content ?? [];
  const parts = (Array.isArray(body) ? (body as unknown[]) : [body]).map(readPart);
  return { role: text(raw.role), parts: [...parts, ...besideContent(raw)], finish: text(raw.finish_reason) };
}

/** A list of messages, one message, a plain string, or nothing. */
export function readMessages(raw: unknown): Message[] {
  if (raw === null || raw === undefined || raw === "") return [];
  return (Array.isArray(raw) ? (raw as unknown[]) : [raw]).map(readMessage);
}

/** System instructions are a list of parts, or a string; in the conversation they come first. */
export function readSystem(raw: unknown): Message[] {
  if (raw === null || raw === undefined || raw === "") return [];
  const list = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  if (list.some((item) => isObject(item) && ("role" in item || "parts" in item))) return list.map(readMessage);
  return [{ role: "system", parts: list.map(readPart), finish: "" }];
}
