/** Loads a trace in pages: the first small, so that something is seen at once; the rest large. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useState } from "react";

import { get } from "../api/client";
import { useLive } from "../live/live";
import type { SpanList, Trace, TraceSummary } from "../api/types";
import { buildTree, type TraceTree } from "./tree";

const FIRST_PAGE = 1000;
const LATER_PAGES = 10_000;

interface Part {
  summary: TraceSummary | null;
  page: SpanList;
}

export interface LoadedTrace {
  summary: TraceSummary | undefined;
  tree: TraceTree;
  complete: boolean;
  /** Spans have come since, too many to load again unasked. */
  grown: boolean;
  error: Error | null;
  refetch: () => void;
}

async function load(traceId: string, cursor: string, signal: AbortSignal): Promise<Part> {
  if (cursor !== "") {
    return { summary: null, page: await get<SpanList>(`/api/v1/traces/${traceId}/spans`, { limit: LATER_PAGES, cursor }, signal) };
  }
  const trace = await get<Trace>(`/api/v1/traces/${traceId}`, { limit: FIRST_PAGE }, signal);
  return { summary: trace, page: trace.spans };
}

export function useTrace(traceId: string): LoadedTrace {
  const query = useInfiniteQuery({
    queryKey: ["trace", traceId],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => load(traceId, pageParam, signal),
    getNextPageParam: (part: Part) => part.page.next_cursor ?? undefined,
    staleTime: 60_000,
    // 50,000 spans are 25 MB of objects: let go of them soon after the page is left.
    gcTime: 30_000,
  });
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  const parts = query.data?.pages;
  const small = parts?.length === 1 && !hasNextPage;
  const grown = useGrowth(traceId, small, () => void refetch());
  const tree = useMemo(() => buildTree(parts?.flatMap((part) => part.page.items) ?? []), [parts]);
  return {
    summary: parts?.[0]?.summary ?? undefined,
    tree,
    complete: parts !== undefined && !hasNextPage,
    grown: grown.waiting,
    error: query.error,
    refetch: () => {
      grown.clear();
      void refetch();
    },
  };
}

/** Follows a trace that is still running: a small one is loaded again, a large one says that it grew. */
function useGrowth(traceId: string, small: boolean, refetch: () => void) {
  const { line } = useLive();
  const [waiting, setWaiting] = useState(false);
  const grew = useEffectEvent(() => {
    if (small) refetch();
    else setWaiting(true);
  });
  useEffect(() => line.onTraces((ids) => ids.includes(traceId) && !document.hidden && grew()), [line, traceId]);
  return { waiting: waiting && !small, clear: () => setWaiting(false) };
}
