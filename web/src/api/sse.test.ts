import { expect, it } from "vitest";

import { eventParser, type ServerEvent } from "./sse";

function parsed(...chunks: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const feed = eventParser((event) => events.push(event));
  for (const chunk of chunks) feed(chunk);
  return events;
}

it("reads an event however it is cut", () => {
  const whole = "id: 7\nevent: telemetry.stored\ndata: {\"a\":1}\n\n";
  const wanted = [{ id: "7", event: "telemetry.stored", data: '{"a":1}' }];
  expect(parsed(whole)).toEqual(wanted);
  expect(parsed(...whole.split(""))).toEqual(wanted);
  expect(parsed(...whole.replaceAll("\n", "\r\n").split(""))).toEqual(wanted);
});

it("joins lines of data, skips heartbeats and fields without an event", () => {
  expect(parsed(": beat\n\n", "retry: 2000\n\n", "data: one\ndata: two\n\n")).toEqual([{ id: "", event: "message", data: "one\ntwo" }]);
});

it("gives nothing before the event is whole", () => {
  expect(parsed("data: half\n")).toEqual([]);
});
