import { Link } from "@tanstack/react-router";

import type { ModelRow, OverviewAgent } from "../api/types";
import { compact, count, duration, percent, plural, usd } from "../lib/format";
import { Lamp, Meter, Tag } from "../ui/Panel";
import type { Column } from "../ui/Table";
import { Table } from "../ui/Table";
import uiCss from "../ui/ui.module.css";
import { When } from "../ui/When";

const ErrorShare = ({ errors, rate }: { errors: number; rate: number }) => (
  <span className={errors > 0 ? "bad" : "faint"} title={`${count(errors)} failed`}>{percent(rate)}</span>
);

const AGENT_COLUMNS: Column<OverviewAgent>[] = [
  {
    key: "agent", label: "Agent", by: (row) => row.agent,
    cell: (row) => (
      <span className="line">
        <Lamp status={row.status} bare />
        <Link to="/agents/$agent" params={{ agent: row.agent }} className={uiCss.rowLink}>{row.agent}</Link>
      </span>
    ),
  },
  { key: "tasks", label: "Tasks", right: true, by: (row) => row.tasks, cell: (row) => count(row.tasks) },
  { key: "rate", label: "Errors", right: true, by: (row) => row.error_rate, cell: (row) => <ErrorShare errors={row.errors} rate={row.error_rate} /> },
  { key: "p95", label: "p95", right: true, by: (row) => row.p95_seconds, cell: (row) => duration(row.p95_seconds) },
  { key: "cost", label: "Cost", right: true, by: (row) => row.cost_usd, cell: (row) => usd(row.cost_usd) },
  { key: "seen", label: "Last seen", right: true, by: (row) => row.last_seen, cell: (row) => <span className="muted"><When time={row.last_seen} /></span> },
];

export function AgentsTable({ rows }: { rows: readonly OverviewAgent[] }) {
  const most = Math.max(1, ...rows.map((row) => row.tasks));
  const columns: Column<OverviewAgent>[] = [...AGENT_COLUMNS];
  columns.splice(1, 0, { key: "share", label: "Share", cell: (row) => <Meter share={row.tasks / most} />, title: "Share of the busiest agent's tasks" });
  return <Table caption="Agents in this time" columns={columns} rows={rows} rowKey={(row) => row.agent} sort={{ key: "tasks", down: true }} />;
}

/** "unpriced" is a fact to act on, not a zero; a sum that lacks some calls says so too. */
export function Price({ value, unpriced }: { value: number; unpriced: number }) {
  if (unpriced === 0) return <>{usd(value)}</>;
  const title = `${plural(unpriced, "call")} without a known price: set one under store.prices`;
  if (value === 0) return <Tag title={title}>unpriced</Tag>;
  return <span title={title}>{usd(value)}<span className="faint"> +?</span></span>;
}

const MODEL_COLUMNS: Column<ModelRow>[] = [
  {
    key: "model", label: "Model", by: (row) => row.model,
    cell: (row) => (
      <span className="line">
        <Link to="/traces" search={(before) => ({ ...before, model: row.model })} className={uiCss.rowLink}>{row.model === "" ? "unknown" : row.model}</Link>
        <span className="faint">{row.provider}</span>
      </span>
    ),
  },
  { key: "calls", label: "Calls", right: true, by: (row) => row.calls, cell: (row) => count(row.calls) },
  { key: "errors", label: "Errors", right: true, by: (row) => row.errors, cell: (row) => <ErrorShare errors={row.errors} rate={row.calls > 0 ? row.errors / row.calls : 0} /> },
  { key: "in", label: "In", right: true, by: (row) => row.input_tokens, cell: (row) => compact(row.input_tokens), title: "Input tokens" },
  { key: "out", label: "Out", right: true, by: (row) => row.output_tokens, cell: (row) => compact(row.output_tokens), title: "Output tokens" },
  { key: "p95", label: "p95", right: true, by: (row) => row.p95_seconds, cell: (row) => duration(row.p95_seconds) },
  { key: "cost", label: "Cost", right: true, by: (row) => row.cost_usd, cell: (row) => <Price value={row.cost_usd} unpriced={row.unpriced_calls} /> },
];

export function ModelsTable({ rows }: { rows: readonly ModelRow[] }) {
  return <Table caption="Models in this time" columns={MODEL_COLUMNS} rows={rows} rowKey={(row) => `${row.provider}/${row.model}`} sort={{ key: "cost", down: true }} />;
}
