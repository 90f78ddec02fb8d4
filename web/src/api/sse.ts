/**
 * Server-sent events over fetch. The browser's EventSource can send no Authorization header, so it
 * would be blind on a server that asks for tokens; the format is small enough to read here.
 */
import { ApiError, authorization, Unreachable } from "./client";

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Feeds chunks of text in, gets whole events out. Comments (heartbeats) make no event. */
export function eventParser(emit: (event: ServerEvent) => void): (chunk: string) => void {
  let rest = "";
  let draft: ServerEvent = { id: "", event: "message", data: "" };
  let lines = 0;
  const field = (line: string) => {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") draft.data += lines++ > 0 ? `\n${value}` : value;
    else if (name === "event") draft.event = value;
    else if (name === "id") draft.id = value;
  };
  return (chunk) => {
    const parts = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop() ?? "";
    for (const line of parts) {
      if (line !== "") {
        field(line);
        continue;
      }
      if (lines > 0) emit(draft);
      draft = { id: "", event: "message", data: "" };
      lines = 0;
    }
  };
}

/**
 * Reads the stream at `path` until it ends or `signal` aborts.
 * `onOpen` is called once the server accepted; `onSign` at every chunk, heartbeats included.
 */
export async function readEvents(
  path: string,
  lastEventId: string,
  signal: AbortSignal,
  on: { open: () => void; sign: () => void; event: (event: ServerEvent) => void },
): Promise<void> {
  let response: Response;
  try {
    response = await fetch(path, {
      headers: {
        Accept: "text/event-stream",
        ...authorization(),
        ...(lastEventId === "" ? {} : { "Last-Event-ID": lastEventId }),
      },
      cache: "no-store",
      signal,
    });
  } catch {
    throw new Unreachable();
  }
  if (!response.ok || response.body === null) throw new ApiError(response.status, {});
  on.open();
  const parse = eventParser(on.event);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    on.sign();
    parse(value);
  }
}
