import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { LiveLine } from "./connection";

/** A server that can be up, without a stream, or gone. */
class FakeServer {
  mode: "up" | "no-stream" | "gone" | "locked" = "up";
  send: (text: string) => void = () => undefined;
  drop: () => void = () => undefined;

  readonly fetch = vi.fn((_path: string, init: RequestInit) => {
    if (this.mode === "gone") return Promise.reject(new TypeError("Failed to fetch"));
    if (this.mode === "no-stream") return Promise.resolve(new Response("", { status: 502 }));
    if (this.mode === "locked") return Promise.resolve(new Response("", { status: 401 }));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.send = (text) => controller.enqueue(new TextEncoder().encode(text));
        this.drop = () => controller.error(new TypeError("network error"));
        init.signal?.addEventListener("abort", () => controller.error(new DOMException("aborted", "AbortError")));
      },
    });
    return Promise.resolve(new Response(body, { status: 200 }));
  });

  readonly probe = () => (this.mode === "gone" ? Promise.reject(new Error("gone")) : Promise.resolve());
}

const EVENT = 'id: 3\nevent: telemetry.stored\ndata: {"payload":{}}\n\n';
let server: FakeServer;
let line: LiveLine;
const onNews = vi.fn(() => Promise.resolve());
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  onNews.mockClear();
  server = new FakeServer();
  vi.stubGlobal("fetch", server.fetch);
  line = new LiveLine({ streamPath: "/stream", probe: server.probe, onNews });
});

afterEach(async () => {
  line.stop();
  await settle(100);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("is live once the stream opens, and tells news at most once a second", async () => {
  line.start();
  await settle(10);
  expect(line.snapshot().state).toBe("live");
  for (let i = 0; i < 20; i++) server.send(EVENT);
  await settle(10);
  expect(onNews).toHaveBeenCalledTimes(1);
  await settle(1000);
  expect(onNews).toHaveBeenCalledTimes(2);
});

it("asks once more after news, and now and then in silence", async () => {
  line.start();
  await settle(10);
  server.send(EVENT);
  await settle(10);
  expect(onNews).toHaveBeenCalledTimes(1);
  await settle(3500);
  expect(onNews).toHaveBeenCalledTimes(2);
  await settle(20_500);
  expect(onNews).toHaveBeenCalledTimes(4);
});

it("asks a slow server less often", async () => {
  onNews.mockImplementation(() => new Promise((resolve) => setTimeout(resolve, 800)));
  line.start();
  await settle(10);
  for (let second = 0; second < 12; second++) {
    server.send(EVENT);
    await settle(1000);
  }
  expect(onNews.mock.calls.length).toBeLessThanOrEqual(4);
  onNews.mockImplementation(() => Promise.resolve());
});

it("says offline when the server is gone and comes back by itself, asking for everything again", async () => {
  line.start();
  await settle(10);
  server.mode = "gone";
  server.drop();
  await settle(10);
  expect(line.snapshot().state).toBe("offline");
  onNews.mockClear();
  server.mode = "up";
  await settle(6000);
  expect(line.snapshot().state).toBe("live");
  expect(onNews).toHaveBeenCalled();
});

it("polls every five seconds while only the stream is missing", async () => {
  server.mode = "no-stream";
  line.start();
  await settle(2000);
  expect(line.snapshot().state).toBe("polling");
  onNews.mockClear();
  await settle(10_500);
  expect(onNews.mock.calls.length).toBeGreaterThanOrEqual(2);
  expect(onNews.mock.calls.length).toBeLessThanOrEqual(3);
});

it("takes up where it left: the last event's id goes with the next request", async () => {
  line.start();
  await settle(10);
  server.send(EVENT);
  await settle(10);
  server.drop();
  await settle(1000);
  expect(server.fetch.mock.calls.at(-1)?.[1].headers).toMatchObject({ "Last-Event-ID": "3" });
});

it("finds out when a request went unanswered while the stream seems open", async () => {
  line.start();
  await settle(10);
  server.mode = "gone";
  line.doubt();
  await settle(10);
  expect(line.snapshot().state).toBe("offline");
});

it("gives a silent connection up", async () => {
  line.start();
  await settle(10);
  const before = server.fetch.mock.calls.length;
  await settle(46_000);
  expect(server.fetch.mock.calls.length).toBeGreaterThan(before);
});

it("is locked where a token is asked for", async () => {
  server.mode = "locked";
  line.start();
  await settle(10);
  expect(line.snapshot().state).toBe("locked");
});

it("keeps still while paused and catches up after", async () => {
  line.start();
  await settle(10);
  line.setPaused(true);
  onNews.mockClear();
  server.send(EVENT);
  await settle(2000);
  expect(onNews).not.toHaveBeenCalled();
  line.setPaused(false);
  await settle(1100);
  expect(onNews).toHaveBeenCalledTimes(1);
});
