import { expect, it } from "vitest";

import { readMessages, readSystem } from "./messages";

it("reads the GenAI convention", () => {
  const [user, assistant, tool] = readMessages([
    { role: "user", parts: [{ type: "text", content: "hi" }] },
    { role: "assistant", parts: [{ type: "tool_call", id: "1", name: "look", arguments: { at: "x" } }], finish_reason: "tool_call" },
    { role: "tool", parts: [{ type: "tool_call_response", id: "1", response: "seen" }] },
  ]);
  expect(user?.parts).toEqual([{ kind: "text", text: "hi" }]);
  expect(assistant).toEqual({ role: "assistant", finish: "tool_call", parts: [{ kind: "call", id: "1", name: "look", arguments: { at: "x" } }] });
  expect(tool?.parts).toEqual([{ kind: "response", id: "1", response: "seen" }]);
});

it("reads chat-completions shapes: content as text, calls beside it", () => {
  const [message] = readMessages([{ role: "assistant", content: "let me see", tool_calls: [{ id: "c", function: { name: "look", arguments: "{}" } }] }]);
  expect(message?.parts).toEqual([{ kind: "text", text: "let me see" }, { kind: "call", id: "c", name: "look", arguments: "{}" }]);
});

it("keeps what it does not know", () => {
  const [message] = readMessages([{ role: "user", parts: [{ type: "blob", mime_type: "image/png" }] }]);
  expect(message?.parts).toEqual([{ kind: "other", type: "blob", value: { type: "blob", mime_type: "image/png" } }]);
});

it("takes nothing, and plain text, for what they are", () => {
  expect(readMessages(null)).toEqual([]);
  expect(readMessages("hello")[0]?.parts).toEqual([{ kind: "text", text: "hello" }]);
  expect(readSystem([{ type: "text", content: "be brief" }])).toEqual([{ role: "system", finish: "", parts: [{ kind: "text", text: "be brief" }] }]);
  expect(readSystem("")).toEqual([]);
});
