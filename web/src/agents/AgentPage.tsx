import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";

import { agentQuery } from "../api/queries";
import type { AgentDetail, HandoffRow, OperationRow } from "../api/types";
import { compact, count, duration, percent, perMinute, usd } from "../lib/format";
import { ActivityCharts } from "../overview/ActivityCharts";
import { RecentErrors } from "../overview/RecentErrors";
import { columns } from "../overview/series";
import { ModelsTable } from "../overview/tables";
import { useRange } from "../shell/RangePicker";
import { Lamp, Meter, Panel, Stat, Tag } from "../ui/Panel";
import { Async, Empty } from "../ui/States";
import { Table, type Column } from "../ui/Table";
import uiCss from "../ui/ui.module.css";
import { When } from "../ui/When";
import css from "./agents.module.css";

export default function AgentPage() {
  const { agent } = useParams({ from: "/agents/$agent" });
  const range = useRange();
  const query = useQuery(agentQuery(agent, range));
  return (
    <div className={css.page}>
      <title>{`${agent} · watchkeeper`}</title>
      <div className={css.head}>
        <Link to="/agents" className={css.crumb} activeOptions={{ exact: true }}>Agents</Link>
        <h1>{agent}</h1>
        {query.data !== undefined && (
          <>
            <Lamp status={query.data.status} />
            <span className="faint">last seen <When time={query.data.last_seen} /></span>
            {query.data.services.map((service) => <Tag key={service} title="Service">{service}</Tag>)}
          </>
        )}
        <Link to="/traces" search={(before) => ({ ...before, agent })} className={uiCss.button} style={{ marginLeft: "auto" }}>Traces of this agent</Link>
      </div>
      <Async query={query} rows={12}>{(data) => <Figures data={data} />}</Async>
    </div>
  );
}

function Figures({ data }: { data: AgentDetail }) {
  const series = useMemo(() => columns(data.series, (point) => point.runs), [data.series]);
  return (
    <>
      <div className={`${uiCss.statRow} ${css.stats}`}>
        <Stat label="Runs" value={count(data.runs)} hint={`${perMinute(data.runs_per_minute)} per minute`} />
        <Stat label="Error rate" value={percent(data.error_rate)} tone={data.error_rate > 0.05 ? "error" : undefined} hint={`${count(data.errors)} failed`} />
        <Stat label="Latency, p95" value={duration(data.latency_seconds.p95)} hint={`p50 ${duration(data.latency_seconds.p50)} · p99 ${duration(data.latency_seconds.p99)}`} />
        <Stat label="Calls" value={count(data.llm_calls)} unit="models" hint={`${count(data.tool_calls)} tools · ${count(data.handoffs_out)} handoffs out`} />
        <Stat label="Tokens" value={compact(data.input_tokens + data.output_tokens)} hint={`in ${compact(data.input_tokens)} · out ${compact(data.output_tokens)}`} />
        <Stat label="Cost" value={usd(data.cost_usd)} hint={`today ${usd(data.cost_today_usd)}`} />
      </div>
      <ActivityCharts data={series} counted="Runs" agent={data.agent} />
      <div className={css.split}>
        <div className={css.stack}>
          <Panel title="Operations" flush>
            {data.operations.length === 0 ? <Empty title="Nothing was done in this time" /> : <Table caption="Operations" columns={OPERATIONS} rows={data.operations} rowKey={(row) => `${row.operation}/${row.name}`} sort={{ key: "count", down: true }} />}
          </Panel>
          <Panel title="Models" flush>
            {data.models.length === 0 ? <Empty title="No model was called in this time" /> : <ModelsTable rows={data.models} />}
          </Panel>
        </div>
        <div className={css.stack}>
          <Panel title="Handoffs"><Handoffs agent={data.agent} rows={data.handoffs} /></Panel>
          <RecentErrors errors={data.recent_errors} showAgent={false} />
        </div>
      </div>
    </>
  );
}

const OPERATIONS: Column<OperationRow>[] = [
  { key: "name", label: "Name", by: (row) => row.name, cell: (row) => row.name },
  { key: "operation", label: "Operation", by: (row) => row.operation, cell: (row) => <span className="muted">{row.operation}</span> },
  { key: "count", label: "Count", right: true, by: (row) => row.count, cell: (row) => count(row.count) },
  { key: "errors", label: "Errors", right: true, by: (row) => row.errors, cell: (row) => <span className={row.errors > 0 ? "bad" : "faint"}>{count(row.errors)}</span> },
  { key: "p95", label: "p95", right: true, by: (row) => row.p95_seconds, cell: (row) => duration(row.p95_seconds) },
];

function Handoffs({ agent, rows }: { agent: string; rows: readonly HandoffRow[] }) {
  if (rows.length === 0) return <Empty title="No handoffs in this time" />;
  const most = Math.max(...rows.map((row) => row.count));
  const side = (title: string, list: HandoffRow[], other: (row: HandoffRow) => string) => (
    <div>
      <h3>{title}</h3>
      <ol>
        {[...list].sort((a, b) => b.count - a.count).map((row) => (
          <li key={other(row)} className={css.handoff}>
            <Link to="/agents/$agent" params={{ agent: other(row) }} className="truncate">{other(row)}</Link>
            <span className="muted">{count(row.count)}</span>
            <Meter share={row.count / most} color="var(--op-handoff)" />
          </li>
        ))}
        {list.length === 0 && <li className="faint">none</li>}
      </ol>
    </div>
  );
  return (
    <div className={css.handoffs}>
      {side("Received from", rows.filter((row) => row.to_agent === agent), (row) => row.from_agent)}
      {side("Handed to", rows.filter((row) => row.from_agent === agent), (row) => row.to_agent)}
    </div>
  );
}
