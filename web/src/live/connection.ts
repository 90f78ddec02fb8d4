/**
 * The line to the server. One loop: read the event stream; when it breaks, find out whether the server
 * is gone ("offline") or only the stream ("polling"), and try again. Nobody has to reload the page.
 */
import { ApiError } from "../api/client";
import { readEvents, type ServerEvent } from "../api/sse";

export type LineState = "connecting" | "live" | "polling" | "offline" | "locked";

export interface Line {
  state: LineState;
  /** Epoch ms since when the state holds. */
  since: number;
  /** Epoch ms of the last event or successful poll. */
  heard: number;
  /** The user wants the figures to stand still. */
  paused: boolean;
}

export interface LineOptions {
  streamPath: string;
  /** Resolves when the server answers anything at all, rejects when it does not. */
  probe: () => Promise<unknown>;
  /**
   * Something new is stored: called at most once per `throttleMs`, and less often when what it starts takes
   * long (the promise): a busy server is asked at most a fifth of the time.
   */
  onNews: () => Promise<unknown>;
  throttleMs?: number;
  pollMs?: number;
  /** No heartbeat for so long means the connection is dead though nobody closed it. */
  silenceMs?: number;
  retryMs?: readonly number[];
}

/** After news once more: the server keeps answers for a moment, and the first may be from before. */
const ECHO_MS = 3000;
/** In silence too: rates fall and agents go idle by the clock alone. */
const IDLE_MS = 10_000;
const LONGEST_GAP_MS = 10_000;
const RETRY_MS = [500, 1000, 2000, 4000, 5000] as const;

export class LiveLine {
  private line: Line = { state: "connecting", since: Date.now(), heard: 0, paused: false };
  private readonly watchers = new Set<() => void>();
  private readonly traceWatchers = new Set<(traceIds: readonly string[]) => void>();
  private stopped = new AbortController();
  private attempt: AbortController | null = null;
  private lastEventId = "";
  private failures = 0;
  private newsAt = 0;
  private gap = 0;
  private newsTimer: ReturnType<typeof setTimeout> | null = null;
  private againTimer: ReturnType<typeof setTimeout> | null = null;
  private echo = false;
  private wake: (() => void) | null = null;
  private readonly options: LineOptions;

  constructor(options: LineOptions) {
    this.options = options;
  }

  readonly snapshot = (): Line => this.line;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Calls back with the ids of traces that got spans (some of them, when there are many). */
  readonly onTraces = (watcher: (traceIds: readonly string[]) => void): (() => void) => {
    this.traceWatchers.add(watcher);
    return () => this.traceWatchers.delete(watcher);
  };

  start(): void {
    this.stopped = new AbortController();
    this.again(IDLE_MS);
    void this.run(this.stopped.signal);
  }

  stop(): void {
    this.stopped.abort();
    this.attempt?.abort();
    if (this.newsTimer !== null) clearTimeout(this.newsTimer);
    if (this.againTimer !== null) clearTimeout(this.againTimer);
    this.newsTimer = this.againTimer = null;
    this.wake?.();
  }

  /** Try now instead of waiting out the back-off. */
  readonly retryNow = (): void => {
    this.failures = 0;
    this.wake?.();
  };

  readonly setPaused = (paused: boolean): void => {
    this.line = { ...this.line, paused };
    this.tell();
    this.news();
  };

  /** A request went unanswered: the stream may be dead without knowing. Ends it, and finds out. */
  readonly doubt = (): void => {
    if (this.line.state === "live") this.attempt?.abort();
  };

  private async run(stop: AbortSignal): Promise<void> {
    const over = () => stop.aborted;
    while (!over()) {
      await this.listen(stop);
      // Stopped while we listened: nothing to report any more.
      if (over()) return;
      await this.diagnose();
      const waits = this.options.retryMs ?? RETRY_MS;
      const wait = this.line.state === "polling" ? (this.options.pollMs ?? 5000) : (waits[Math.min(this.failures, waits.length - 1)] ?? 5000);
      this.failures += 1;
      await this.sleep(wait);
    }
  }

  /** One connection, from opening to its end. */
  private async listen(stop: AbortSignal): Promise<void> {
    const attempt = new AbortController();
    this.attempt = attempt;
    stop.addEventListener("abort", () => attempt.abort(), { once: true });
    let silence = setTimeout(() => attempt.abort(), this.options.silenceMs ?? 45_000);
    const sign = () => {
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), this.options.silenceMs ?? 45_000);
    };
    const open = () => {
      const was = this.line.state;
      this.failures = 0;
      this.set("live");
      sign();
      if (was === "offline" || was === "polling" || was === "locked") this.news();
    };
    try {
      await readEvents(this.options.streamPath, this.lastEventId, attempt.signal, { open, sign, event: (event) => this.take(event) });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.set("locked");
    } finally {
      clearTimeout(silence);
    }
  }

  /** The stream is over: is the server still there? */
  private async diagnose(): Promise<void> {
    if (this.line.state === "locked") return;
    try {
      await this.options.probe();
      const back = this.line.state === "offline";
      // A stream that ends is reopened at once; only a second failure counts as polling.
      if (this.failures > 0 || back) this.set("polling");
      this.heard();
      this.news();
    } catch {
      this.set("offline");
    }
  }

  private take(event: ServerEvent): void {
    if (event.id !== "") this.lastEventId = event.id;
    this.heard();
    if (event.event === "telemetry.stored" && !this.line.paused) {
      const ids = traceIdsOf(event.data);
      for (const watcher of this.traceWatchers) watcher(ids);
    }
    // After "resync" the server could not tell all that happened: asking again covers it.
    if (event.event === "telemetry.stored" || event.event === "resync") {
      this.echo = true;
      this.news();
    }
  }

  /** At most one call per `throttleMs`, and never a lost last one. */
  readonly news = (): void => {
    if (this.line.paused) return;
    const wait = this.newsAt + Math.max(this.gap, this.options.throttleMs ?? 1000) - Date.now();
    if (wait <= 0) this.refresh();
    else {
      this.newsTimer ??= setTimeout(() => {
        this.newsTimer = null;
        if (!this.line.paused) this.refresh();
      }, wait);
    }
  };

  private refresh(): void {
    const begun = Date.now();
    this.newsAt = begun;
    const done = () => {
      this.gap = Math.min(LONGEST_GAP_MS, 5 * (Date.now() - begun));
    };
    this.again(this.echo ? ECHO_MS : IDLE_MS);
    this.echo = false;
    this.options.onNews().then(done, done);
  }

  private again(ms: number): void {
    if (this.againTimer !== null) clearTimeout(this.againTimer);
    this.againTimer = setTimeout(() => {
      this.againTimer = null;
      if (this.line.state === "live" && !this.line.paused) this.news();
      else this.again(IDLE_MS);
    }, ms);
  }

  private heard(): void {
    this.line = { ...this.line, heard: Date.now() };
    this.tell();
  }

  private set(state: LineState): void {
    if (state === this.line.state) return;
    this.line = { ...this.line, state, since: Date.now() };
    this.tell();
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Empty for whatever does not look as expected: a newer server may say more than this page knows. */
function traceIdsOf(data: string): string[] {
  try {
    const body = JSON.parse(data) as { payload?: { trace_ids?: unknown } } | null;
    const ids = body?.payload?.trace_ids;
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [];
  } catch {
    return [];
  }
}
