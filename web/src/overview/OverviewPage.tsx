import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { overviewQuery } from "../api/queries";
import type { Overview } from "../api/types";
import { compact, count, duration, percent, perMinute, plural, usd } from "../lib/format";
import { useRange } from "../shell/RangePicker";
import { Panel, Stat } from "../ui/Panel";
import { Async, Empty } from "../ui/States";
import uiCss from "../ui/ui.module.css";
import { ActivityCharts } from "./ActivityCharts";
import css from "./overview.module.css";
import { RecentErrors } from "./RecentErrors";
import { columns } from "./series";
import { AgentsTable, ModelsTable } from "./tables";

export default function OverviewPage() {
  const range = useRange();
  const query = useQuery(overviewQuery(range));
  return (
    <div className={css.page}>
      <title>Overview · watchkeeper</title>
      <h1 className="visually-hidden">Overview</h1>
      {range.preset === null && <p className={css.note}>The overview always ends now: it shows the last {duration(range.seconds)}, the length of your range.</p>}
      <Async query={query} rows={12}>{(data) => (data.agents_total === 0 && data.spans_stored === 0 ? <Welcome /> : <Figures data={data} />)}</Async>
    </div>
  );
}

function Figures({ data }: { data: Overview }) {
  const series = useMemo(() => columns(data.series, (point) => point.tasks), [data.series]);
  return (
    <>
      <Tiles data={data} />
      <ActivityCharts data={series} counted="Tasks" />
      <div className={css.split}>
        <div className={css.stack}>
          <Panel title="Agents" flush aside={`${count(data.by_agent.length)} seen`}>
            {data.by_agent.length === 0 ? <Empty title="No agent worked in this time"><p>Choose a longer time range above.</p></Empty> : <AgentsTable rows={data.by_agent} />}
          </Panel>
          <Panel title="Models" flush {...(data.unpriced_calls > 0 ? { aside: `${plural(data.unpriced_calls, "call")} without a known price` } : {})}>
            {data.by_model.length === 0 ? <Empty title="No model was called in this time" /> : <ModelsTable rows={data.by_model} />}
          </Panel>
        </div>
        <RecentErrors errors={data.recent_errors} />
      </div>
    </>
  );
}

function Tiles({ data }: { data: Overview }) {
  const { latency_seconds: latency, tokens_today: tokens } = data;
  return (
    <div className={`${uiCss.statRow} ${css.stats}`} data-testid="stats">
      <Stat label="Active agents" value={count(data.active_agents)} unit={`of ${count(data.agents_total)}`} hint="heard in the last minute" />
      <Stat label="Tasks" value={perMinute(data.tasks_per_minute)} unit="/min" hint={`${count(data.tasks)} in ${windowName(data.window_seconds)}`} />
      <Stat label="Error rate" value={percent(data.error_rate)} tone={data.error_rate > 0.05 ? "error" : undefined} hint="of tasks" />
      <Stat label="Latency, p95" value={duration(latency.p95)} hint={`p50 ${duration(latency.p50)} · p99 ${duration(latency.p99)}`} title="Duration of tasks" />
      <Stat
        label="Cost today"
        value={usd(data.cost_today_usd)}
        hint={`→ ${usd(data.cost_projected_usd)} by midnight UTC`}
        title={`Since 00:00 UTC. At this pace ${usd(data.cost_projected_usd)} by midnight UTC. Calls without a known price: ${count(data.unpriced_calls)}.`}
      />
      <Stat label="Tokens today" value={compact(tokens.input + tokens.output)} hint={`in ${compact(tokens.input)} · out ${compact(tokens.output)}`} />
    </div>
  );
}

function windowName(seconds: number): string {
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400 * 2) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

function Welcome() {
  return (
    <Panel title="Waiting for the first span">
      <Empty title="Nothing has been received yet">
        <p>Point any OpenTelemetry SDK here, or start the demo fleet. This page fills by itself.</p>
        <pre>{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}</pre>
      </Empty>
    </Panel>
  );
}
