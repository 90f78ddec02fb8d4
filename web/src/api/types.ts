/** The API's shapes under short names. They come from the server's own description: see `npm run types`. */
import type { components } from "./schema";

type Schema = components["schemas"];

export type TraceSummary = Schema["TraceItem"];
export type Trace = Schema["Trace"];
export type TraceList = Schema["TraceList"];
export type Span = Schema["Span"];
export type SpanDetail = Schema["SpanDetail"];
export type SpanEvent = Schema["SpanEvent"];
export type SpanList = Schema["SpanList"];
export type AgentItem = Schema["Agent"];
export type AgentList = Schema["AgentList"];
export type AgentDetail = Schema["AgentDetail"];
export type ModelRow = Schema["ModelUse"];
export type OperationRow = Schema["Operation"];
export type HandoffRow = Schema["Handoff"];
export type Overview = Schema["Overview"];
export type OverviewAgent = Schema["AgentLine"];
export type RecentError = Schema["RecentError"];
export type CostItem = Schema["CostItem"];
export type Costs = Schema["CostReport"];
export type Health = Schema["Health"];
export type ServerStatus = Schema["Status"];
