/** Every question the pages ask, with its cache key. `meta.live` marks what the live line refreshes. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { bounds, type TimeRange } from "../lib/range";
import { ApiError, get } from "./client";
import type { AgentDetail, AgentList, Costs, Health, Overview, ServerStatus, SpanDetail, TraceList } from "./types";

const API = "/api/v1";
const live = { live: true };

/** Refusals stay refusals; only what the server calls retryable, or silence, is asked again. */
export function shouldRetry(failures: number, error: Error): boolean {
  if (error instanceof ApiError && !error.retryable) return false;
  return failures < 2;
}

export interface TraceFilters {
  agent?: string | undefined;
  workflow?: string | undefined;
  model?: string | undefined;
  status?: string | undefined;
  min?: string | undefined;
  q?: string | undefined;
  attribute?: string[] | undefined;
}

export function overviewQuery(range: TimeRange) {
  return queryOptions({
    queryKey: ["overview", range.seconds],
    queryFn: ({ signal }) => get<Overview>(`${API}/overview`, { window_seconds: Math.round(range.seconds) }, signal),
    placeholderData: keepPreviousData,
    meta: live,
  });
}

export function agentsQuery(range: TimeRange) {
  return queryOptions({
    queryKey: ["agents", range],
    queryFn: ({ signal }) => get<AgentList>(`${API}/agents`, bounds(range, Date.now()), signal),
    placeholderData: keepPreviousData,
    meta: live,
  });
}

export function agentQuery(agent: string, range: TimeRange) {
  return queryOptions<AgentDetail>({
    queryKey: ["agent", agent, range],
    queryFn: ({ signal }) => get<AgentDetail>(`${API}/agents/${encodeURIComponent(agent)}`, bounds(range, Date.now()), signal),
    // Another agent's figures under this one's name would be a lie, if only for a moment.
    placeholderData: (before) => (before?.agent === agent ? before : undefined),
    meta: live,
  });
}

/** The series of one agent, for its sparkline: refreshed by age, not by every event. */
export function agentTrendQuery(agent: string, range: TimeRange) {
  return queryOptions({
    ...agentQuery(agent, range),
    queryKey: ["agent-trend", agent, range],
    staleTime: 30_000,
    refetchInterval: 30_000,
    meta: {},
  });
}

export const TRACES_PER_PAGE = 50;

export function tracesQuery(range: TimeRange, filters: TraceFilters) {
  return infiniteQueryOptions({
    queryKey: ["traces", range, filters],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      get<TraceList>(
        `${API}/traces`,
        {
          ...bounds(range, Date.now()),
          agent: filters.agent,
          workflow: filters.workflow,
          model: filters.model,
          status: filters.status,
          min_duration_seconds: filters.min,
          q: filters.q,
          attribute: filters.attribute,
          limit: TRACES_PER_PAGE,
          cursor: pageParam,
        },
        signal,
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function spanQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ["span", traceId, spanId],
    queryFn: ({ signal }) => get<SpanDetail>(`${API}/traces/${traceId}/spans/${spanId}`, {}, signal),
    staleTime: Infinity,
  });
}

export function costsQuery(range: TimeRange, groupBy: string) {
  return queryOptions({
    queryKey: ["costs", range, groupBy],
    queryFn: ({ signal }) => get<Costs>(`${API}/costs`, { ...bounds(range, Date.now()), group_by: groupBy }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

export function healthQuery() {
  return queryOptions({
    queryKey: ["health"],
    queryFn: ({ signal }) => get<Health>("/health/full", {}, signal),
    refetchInterval: 10_000,
  });
}

export function statusQuery() {
  return queryOptions({
    queryKey: ["status"],
    queryFn: ({ signal }) => get<ServerStatus>(`${API}/status`, {}, signal),
    refetchInterval: (query) => (query.state.status === "error" ? 5_000 : 60_000),
  });
}
