import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { Conversation } from "./Conversation";

const show = (input: unknown, output: unknown = null) => render(<MantineProvider><Conversation system="Be brief." input={input} output={output} /></MantineProvider>);

it("shows roles, text, calls and answers in order", () => {
  show([{ role: "user", parts: [{ type: "text", content: "What failed?" }] }], [{ role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "run_tests", arguments: '{"path":"x"}' }] }]);
  expect(screen.getAllByRole("article").map((one) => one.getAttribute("data-role"))).toEqual(["system", "user", "assistant"]);
  expect(screen.getByText("run_tests")).toBeTruthy();
  expect(screen.getByText('"path"')).toBeTruthy();
});

it("never takes text for markup", () => {
  const { container } = show([{ role: "user", parts: [{ type: "text", content: "<img src=x onerror=alert(1)> and `code`" }] }]);
  expect(container.querySelector("img")).toBeNull();
  expect(screen.getByText("code").tagName).toBe("CODE");
});

it("cuts long text and shows all of it when asked", async () => {
  show([{ role: "user", parts: [{ type: "text", content: "a".repeat(5000) }] }]);
  await userEvent.click(screen.getByText("Show all 5,000 characters"));
  expect(screen.getByText("Show less")).toBeTruthy();
});

it("hides the oldest of a long conversation behind a button", async () => {
  show(Array.from({ length: 60 }, (_, i) => ({ role: "user", parts: [{ type: "text", content: `message ${i}` }] })));
  expect(screen.queryByText("message 1")).toBeNull();
  await userEvent.click(screen.getByText(/Show 31 earlier messages/));
  expect(screen.getByText("message 1")).toBeTruthy();
});
