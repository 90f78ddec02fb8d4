import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";

import { agentsQuery, agentTrendQuery } from "../api/queries";
import type { AgentItem } from "../api/types";
import { compact, count, duration, percent, perMinute, plural, usd } from "../lib/format";
import type { TimeRange } from "../lib/range";
import { Price } from "../overview/tables";
import { useRange } from "../shell/RangePicker";
import { Lamp, Panel, Tag } from "../ui/Panel";
import { Sparkline } from "../ui/Sparkline";
import { Async, Empty } from "../ui/States";
import { Table, type Column } from "../ui/Table";
import uiCss from "../ui/ui.module.css";
import { When } from "../ui/When";
import css from "./agents.module.css";

const STATUS_ORDER = { active: 0, idle: 1, silent: 2 };
/** A sparkline is a question of its own to the server; beyond this many agents the column is left out. */
const MOST_TRENDS = 40;

export default function AgentsPage() {
  const range = useRange();
  const query = useQuery(agentsQuery(range));
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim().toLowerCase());
  return (
    <div className={css.page}>
      <title>Agents · watchkeeper</title>
      <div className={css.head}>
        <h1>Agents</h1>
        {query.data !== undefined && <Counts rows={query.data.items} />}
        <TextInput size="xs" ml="auto" placeholder="Filter agents" aria-label="Filter agents" value={text} onChange={(event) => setText(event.currentTarget.value)} data-search />
      </div>
      <Panel title="Fleet" flush aside="Active: heard in the last minute · idle: in the last five">
        <Async query={query} rows={12}>{(data) => <Fleet rows={data.items.filter((row) => matches(row, wanted))} range={range} filtered={wanted !== ""} />}</Async>
      </Panel>
    </div>
  );
}

function matches(row: AgentItem, wanted: string): boolean {
  return wanted === "" || [row.agent, row.service_namespace, ...row.models, ...row.services].some((text) => text.toLowerCase().includes(wanted));
}

function Counts({ rows }: { rows: readonly AgentItem[] }) {
  const of = (status: string) => rows.filter((row) => row.status === status).length;
  return (
    <div className={css.counts}>
      {(["active", "idle", "silent"] as const).map((status) => (
        <span key={status} className="line num">
          <Lamp status={status} /> {of(status)}
        </span>
      ))}
    </div>
  );
}

function Fleet({ rows, range, filtered }: { rows: readonly AgentItem[]; range: TimeRange; filtered: boolean }) {
  if (rows.length === 0) {
    return filtered ? <Empty title="No agent matches the filter" /> : <Empty title="No agent was seen in this time"><p>Choose a longer time range above, or send spans that carry gen_ai.agent.name.</p></Empty>;
  }
  return <Table caption="Agents" columns={columnsFor(range, rows.length <= MOST_TRENDS)} rows={rows} rowKey={(row) => `${row.service_namespace}/${row.agent}`} sort={{ key: "runs", down: true }} />;
}

function Trend({ agent, range }: { agent: string; range: TimeRange }) {
  const { data } = useQuery(agentTrendQuery(agent, range));
  if (data === undefined) return null;
  return <Sparkline values={data.series.map((point) => point.runs)} marks={data.series.map((point) => point.errors)} label={`Runs of ${agent} over time`} />;
}

function columnsFor(range: TimeRange, trends: boolean): Column<AgentItem>[] {
  const columns: Column<AgentItem>[] = [
    {
      key: "agent", label: "Agent", by: (row) => row.agent,
      cell: (row) => (
        <span className="line">
          <Link to="/agents/$agent" params={{ agent: row.agent }} className={uiCss.rowLink}>{row.agent}</Link>
          {row.service_namespace !== "" && <span className="faint">{row.service_namespace}</span>}
        </span>
      ),
    },
    { key: "status", label: "Status", by: (row) => STATUS_ORDER[row.status], cell: (row) => <Lamp status={row.status} /> },
    { key: "runs", label: "Runs", right: true, by: (row) => row.runs, cell: (row) => count(row.runs) },
    { key: "rate", label: "per min", right: true, by: (row) => row.runs_per_minute, cell: (row) => perMinute(row.runs_per_minute) },
    { key: "errors", label: "Errors", right: true, by: (row) => row.error_rate, cell: (row) => <span className={row.errors > 0 ? "bad" : "faint"} title={plural(row.errors, "error")}>{percent(row.error_rate)}</span> },
    { key: "p50", label: "p50", right: true, by: (row) => row.latency_seconds.p50, cell: (row) => <span className="muted">{duration(row.latency_seconds.p50)}</span> },
    { key: "p95", label: "p95", right: true, by: (row) => row.latency_seconds.p95, cell: (row) => duration(row.latency_seconds.p95) },
    { key: "llm", label: "Calls", right: true, by: (row) => row.llm_calls, cell: (row) => count(row.llm_calls), title: "Model calls" },
    { key: "tools", label: "Tools", right: true, by: (row) => row.tool_calls, cell: (row) => count(row.tool_calls), title: "Tool calls" },
    { key: "tokens", label: "Tokens", right: true, by: (row) => row.input_tokens + row.output_tokens, cell: (row) => <span title={`in ${count(row.input_tokens)}, out ${count(row.output_tokens)}`}>{compact(row.input_tokens + row.output_tokens)}</span> },
    { key: "cost", label: "Cost", right: true, by: (row) => row.cost_usd, cell: (row) => <Price value={row.cost_usd} unpriced={row.unpriced_calls} /> },
    { key: "today", label: "Today", right: true, by: (row) => row.cost_today_usd, cell: (row) => <span className="muted">{usd(row.cost_today_usd)}</span>, title: "Cost since 00:00 UTC" },
    { key: "models", label: "Models", cell: (row) => <span className="line">{row.models.slice(0, 1).map((model) => <Tag key={model}>{model}</Tag>)}{row.models.length > 1 && <span className="faint" title={row.models.join(", ")}>+{row.models.length - 1}</span>}</span> },
    { key: "seen", label: "Last seen", right: true, by: (row) => row.last_seen, cell: (row) => <span className="muted"><When time={row.last_seen} /></span> },
  ];
  if (trends) columns.splice(2, 0, { key: "trend", label: "Trend", cell: (row) => <Trend agent={row.agent} range={range} /> });
  return columns;
}
