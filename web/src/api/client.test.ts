import { afterEach, expect, it, vi } from "vitest";

import { ApiError, get, keepToken, queryString, Unreachable } from "./client";

afterEach(() => {
  vi.unstubAllGlobals();
  keepToken("");
});

const answer = (status: number, body: string) => vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response(body, { status }))));

it("leaves empty parameters out and repeats lists", () => {
  expect(queryString({ a: "", b: undefined, c: 0, d: ["x=1", "y=2"] })).toBe("?c=0&d=x%3D1&d=y%3D2");
  expect(queryString({})).toBe("");
});

it("turns problem details into an ApiError", async () => {
  answer(400, JSON.stringify({ title: "Bad", detail: "limit must be a number", code: "invalid_parameter", retryable: false }));
  const error = await get("/x").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 400, code: "invalid_parameter", retryable: false, message: "limit must be a number" });
});

it("takes a page from a proxy for a refusal too, but a gateway's for silence", async () => {
  answer(500, "<html>");
  await expect(get("/x")).rejects.toMatchObject({ status: 500, retryable: true });
  answer(502, "<html>");
  await expect(get("/x")).rejects.toBeInstanceOf(Unreachable);
});

it("tells silence from refusal", async () => {
  vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("Failed to fetch"))));
  await expect(get("/x")).rejects.toBeInstanceOf(Unreachable);
});

it("sends the token of the tab", async () => {
  answer(200, "{}");
  keepToken("secret");
  await get("/x");
  expect(vi.mocked(fetch).mock.calls[0]?.[1]?.headers).toMatchObject({ Authorization: "Bearer secret" });
});
