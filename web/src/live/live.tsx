/** The live line, as React sees it: its state, a pause switch, and the refreshing of queries. */
import { useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

import { get, Unreachable } from "../api/client";
import { LiveLine, type Line } from "./connection";

const LiveContext = createContext<LiveLine | null>(null);

function lineFor(queries: QueryClient): LiveLine {
  const live = { predicate: (query: Query) => query.meta?.live === true };
  const refresh = async () => {
    if (document.hidden) return;
    // A query still on its way is left alone (a slow server must not be asked faster than it answers), but
    // what it brings may be older than the news: then once more, after it.
    const late = queries.isFetching(live) > 0;
    await queries.invalidateQueries(live, { cancelRefetch: false });
    if (late) line.news();
  };
  const line = new LiveLine({
    streamPath: "/api/v1/stream",
    probe: () => get("/health/live", {}, AbortSignal.timeout(4000)),
    onNews: refresh,
  });
  return line;
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [line] = useState(() => lineFor(queries));

  useEffect(() => {
    const catchUp = () => {
      if (!document.hidden) line.news();
    };
    line.start();
    const unwatch = queries.getQueryCache().subscribe((event) => {
      if (event.type === "updated" && event.action.type === "failed" && event.action.error instanceof Unreachable) line.doubt();
    });
    document.addEventListener("visibilitychange", catchUp);
    return () => {
      line.stop();
      unwatch();
      document.removeEventListener("visibilitychange", catchUp);
    };
  }, [line, queries]);

  return <LiveContext value={line}>{children}</LiveContext>;
}

export function useLive(): { line: LiveLine; status: Line } {
  const line = use(LiveContext);
  if (line === null) throw new Error("useLive needs a LiveProvider above it");
  return { line, status: useSyncExternalStore(line.subscribe, line.snapshot) };
}
