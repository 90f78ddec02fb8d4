/** The three charts of the overview and of an agent: work and errors, latency, money. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { compact, duration, usd } from "../lib/format";
import { Chart } from "../ui/LazyChart";
import { Legend } from "../ui/Legend";
import { Panel } from "../ui/Panel";
import type { ChartSeries } from "../ui/Chart";
import type { Columns } from "./series";
import css from "./overview.module.css";

const usdOrNone = (value: number | null) => usd(value);

export function ActivityCharts({ data, counted, agent }: { data: Columns; counted: string; agent?: string | undefined }) {
  const navigate = useNavigate();
  const zoom = useCallback(
    (start: number, end: number) =>
      void navigate({ to: "/traces", search: { agent, range: undefined, start: new Date(start).toISOString(), end: new Date(end).toISOString() } }),
    [navigate, agent],
  );
  const work = useMemo<ChartSeries[]>(
    () => [
      { label: counted, color: "--sea-fill", kind: "bars", values: data.counts },
      { label: "Errors", color: "--error-fill", kind: "bars", values: data.errors },
    ],
    [data, counted],
  );
  const latency = useMemo<ChartSeries[]>(() => [{ label: "p95", color: "--op-llm", kind: "area", values: data.p95 }], [data]);
  const cost = useMemo<ChartSeries[]>(() => [{ label: "Cost", color: "--beam-fill", kind: "bars", values: data.cost }], [data]);
  const hint = "Drag over a stretch of time to see its traces";
  return (
    <div className={css.charts} title={hint}>
      <Panel title={`${counted} and errors`} aside={<Legend series={work} />}>
        <Chart label={`${counted} and errors over time`} times={data.times} series={work} format={compact} sync="activity" onSelect={zoom} />
      </Panel>
      <Panel title="Latency, p95" aside={<Legend series={latency} />}>
        <Chart label="95th percentile of the duration over time" times={data.times} series={latency} format={duration} sync="activity" onSelect={zoom} />
      </Panel>
      <Panel title="Cost" aside={<Legend series={cost} />}>
        <Chart label="Cost over time" times={data.times} series={cost} format={usdOrNone} sync="activity" onSelect={zoom} />
      </Panel>
    </div>
  );
}
