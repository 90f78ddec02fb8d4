import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { costsQuery } from "../api/queries";
import type { CostItem, Costs } from "../api/types";
import css from "../agents/agents.module.css";
import { compact, count, percent, usd } from "../lib/format";
import { Price } from "../overview/tables";
import { useRange } from "../shell/RangePicker";
import { Meter, Panel, Stat } from "../ui/Panel";
import { Async, Empty } from "../ui/States";
import { Table, type Column } from "../ui/Table";
import uiCss from "../ui/ui.module.css";

const GROUPS = [
  { value: "agent", label: "Agent" },
  { value: "model", label: "Model" },
  { value: "agent,model", label: "Agent × model" },
  { value: "workflow", label: "Workflow" },
  { value: "provider", label: "Provider" },
  { value: "day", label: "Day" },
];

export default function CostsPage() {
  const range = useRange();
  const navigate = useNavigate();
  const { by } = useSearch({ from: "/costs" });
  const group = GROUPS.find((one) => one.value === by)?.value ?? "agent";
  const query = useQuery(costsQuery(range, group));
  return (
    <div className={css.page}>
      <title>Costs · watchkeeper</title>
      <div className={css.head}>
        <h1>Costs</h1>
        <div style={{ marginLeft: "auto", maxWidth: "100%", overflowX: "auto" }}>
          <SegmentedControl size="xs" data={GROUPS} value={group} aria-label="Group by" onChange={(value) => void navigate({ to: "/costs", search: (before) => ({ ...before, by: value }), replace: true })} />
        </div>
      </div>
      <Async query={query} rows={10}>{(data) => <Figures data={data} keys={group.split(",")} />}</Async>
    </div>
  );
}

function Figures({ data, keys }: { data: Costs; keys: string[] }) {
  const input = data.items.reduce((sum, item) => sum + item.input_tokens, 0);
  const output = data.items.reduce((sum, item) => sum + item.output_tokens, 0);
  const total = data.total_usd;
  return (
    <>
      <div className={`${uiCss.statRow} ${css.five}`}>
        <Stat label="Total" value={usd(data.total_usd)} hint="in this time" />
        <Stat label="Model calls" value={count(data.calls)} hint={data.calls > data.unpriced_calls ? `${usd(total / (data.calls - data.unpriced_calls))} a priced call` : undefined} />
        <Stat label="Tokens in" value={compact(input)} />
        <Stat label="Tokens out" value={compact(output)} />
        <Stat label="Unpriced calls" value={count(data.unpriced_calls)} tone={data.unpriced_calls > 0 ? "beam" : undefined} hint={data.unpriced_calls > 0 ? "not in the total" : "the total is complete"} />
      </div>
      <Panel title={`By ${keys.join(" and ")}`} flush aside={data.truncated ? "Only the largest are shown" : undefined}>
        {data.items.length === 0 ? (
          <Empty title="No model was called in this time"><p>Choose a longer time range above.</p></Empty>
        ) : (
          <Table key={keys.join()} caption="Costs" columns={columnsFor(keys, total)} rows={data.items} rowKey={(row) => keys.map((key) => read(row, key)).join("\u0000")} sort={keys[0] === "day" ? { key: "day", down: true } : { key: "cost", down: true }} />
        )}
      </Panel>
    </>
  );
}

/** Null where no call of the row has a price. */
function each(row: CostItem): number | null {
  const priced = row.calls - row.unpriced_calls;
  return priced > 0 ? row.cost_usd / priced : null;
}

const read = (row: CostItem, key: string): string => row[key as "agent"] ?? "";
const TITLES: Record<string, string> = { agent: "Agent", model: "Model", provider: "Provider", workflow: "Workflow", day: "Day (UTC)" };

function columnsFor(keys: readonly string[], total: number): Column<CostItem>[] {
  const named = keys.map((key): Column<CostItem> => ({ key, label: TITLES[key] ?? key, by: (row) => read(row, key), cell: (row) => <Named kind={key} value={read(row, key)} /> }));
  return [
    ...named,
    { key: "cost", label: "Cost", right: true, by: (row) => row.cost_usd, cell: (row) => <Price value={row.cost_usd} unpriced={row.unpriced_calls} /> },
    {
      key: "share", label: "Share", by: (row) => row.cost_usd,
      cell: (row) => (
        <span className="line" style={{ width: 150 }}>
          <span style={{ flex: 1 }}><Meter share={total > 0 ? row.cost_usd / total : 0} color="var(--beam-fill)" /></span>
          <span className="muted num" style={{ width: 46, textAlign: "right" }}>{total > 0 ? percent(row.cost_usd / total) : ""}</span>
        </span>
      ),
    },
    { key: "calls", label: "Calls", right: true, by: (row) => row.calls, cell: (row) => count(row.calls) },
    { key: "each", label: "per call", right: true, by: each, cell: (row) => <span className="muted">{usd(each(row))}</span>, title: "Cost of a priced call, on average" },
    { key: "in", label: "Tokens in", right: true, by: (row) => row.input_tokens, cell: (row) => compact(row.input_tokens) },
    { key: "out", label: "Tokens out", right: true, by: (row) => row.output_tokens, cell: (row) => compact(row.output_tokens) },
  ];
}

function Named({ kind, value }: { kind: string; value: string }) {
  if (value === "") return <span className="faint">none</span>;
  if (kind === "agent") return <Link to="/agents/$agent" params={{ agent: value }}>{value}</Link>;
  if (kind === "model") return <Link to="/traces" search={(before) => ({ ...before, model: value })}>{value}</Link>;
  if (kind === "workflow") return <Link to="/traces" search={(before) => ({ ...before, workflow: value })}>{value}</Link>;
  return <>{value}</>;
}
