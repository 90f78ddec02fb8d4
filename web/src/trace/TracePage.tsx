import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useHotkeys } from "@mantine/hooks";
import { useCallback, useMemo, useState } from "react";

import type { Span, TraceSummary } from "../api/types";
import { compact, count, duration, usd } from "../lib/format";
import { useNow } from "../lib/preferences";
import { rootless, ROOTLESS } from "../traces/rootless";
import { Copy } from "../ui/Copy";
import { Lamp, Tag } from "../ui/Panel";
import { Empty, Failure, Shimmer } from "../ui/States";
import { When } from "../ui/When";
import type { View } from "./scale";
import { SpanPanel } from "./SpanPanel";
import { Toolbar } from "./Toolbar";
import css from "./trace.module.css";
import { collapseFrom, errorPositions, neighbour, reveal, search, visibleRows, type TraceTree } from "./tree";
import { useTrace, type LoadedTrace } from "./useTrace";
import { Waterfall } from "./Waterfall";

export default function TracePage() {
  const { traceId } = useParams({ from: "/traces/$traceId" });
  // A new trace is a new page: nothing of the old one's folding and zooming may stay.
  return <TraceView key={traceId} traceId={traceId} />;
}

function TraceView({ traceId }: { traceId: string }) {
  const trace = useTrace(traceId);
  if (trace.summary === undefined) {
    if (trace.error !== null) return <Failure error={trace.error} retry={trace.refetch} />;
    return <Shimmer rows={14} />;
  }
  if (trace.tree.spans.length === 0) return <Empty title="This trace has no spans yet" />;
  return (
    <div className={css.page}>
      <title>{`${trace.summary.root_name} · watchkeeper`}</title>
      <Header summary={trace.summary} tree={trace.tree} complete={trace.complete} />
      <Body traceId={traceId} trace={trace} />
    </div>
  );
}

function useSelection(tree: TraceTree, complete: boolean) {
  const { span } = useSearch({ from: "/traces/$traceId" });
  const navigate = useNavigate();
  const select = useCallback(
    (spanId: string | undefined) => void navigate({ to: ".", search: (before) => ({ ...before, span: spanId }), replace: true }),
    [navigate],
  );
  const position = span === undefined ? undefined : tree.position.get(span);
  return { selected: span, position, select, missing: span !== undefined && position === undefined && complete };
}

function Body({ traceId, trace }: { traceId: string; trace: LoadedTrace }) {
  const { tree, complete } = trace;
  const { selected, position, select, missing } = useSelection(tree, complete);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(() => new Set());
  const [zoom, setZoom] = useState<View | null>(null);
  const [text, setText] = useState("");
  const hits = useMemo(() => search(tree, text), [tree, text]);
  const hitSet = useMemo(() => new Set(hits), [hits]);
  const errors = useMemo(() => errorPositions(tree), [tree]);
  const rows = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);
  const view = useMemo(() => zoom ?? { from: tree.from, to: tree.to }, [zoom, tree]);

  const fold = useCallback(
    (spanId: string) =>
      setCollapsed((before) => {
        const after = new Set(before);
        if (!after.delete(spanId)) after.add(spanId);
        return after;
      }),
    [],
  );
  const jump = (positions: readonly number[], back = false) => {
    const next = neighbour(positions, position ?? -1, back);
    const id = next === undefined ? undefined : tree.spans[next]?.span_id;
    if (next === undefined || id === undefined) return;
    select(id);
  };
  // A newly selected span must be seen, folded or not; folding an ancestor afterwards stays allowed.
  const [revealed, setRevealed] = useState<string>();
  if (position !== undefined && selected !== revealed) {
    setRevealed(selected);
    setCollapsed(reveal(tree, collapsed, position));
  }
  const span = position === undefined ? undefined : tree.spans[position];
  const zoomIn = () => span !== undefined && setZoom(around(span, tree));
  useHotkeys([
    ["z", () => (zoom === null ? zoomIn() : setZoom(null))],
    ["e", () => jump(errors)],
    ["shift+e", () => jump(errors, true)],
    ["n", () => jump(hits)],
    ["shift+n", () => jump(hits, true)],
    ["Escape", () => select(undefined)],
  ]);

  return (
    <>
      <Toolbar
        text={text}
        onText={setText}
        hits={hits}
        errors={errors}
        at={position}
        onJump={jump}
        onFold={(depth) => setCollapsed(depth === null ? new Set() : collapseFrom(tree, depth))}
        zoomed={zoom !== null}
        onZoomOut={() => setZoom(null)}
        onZoomIn={span === undefined ? undefined : zoomIn}
        status={missing ? "The linked span is not in this trace" : complete ? "" : trace.error === null ? `Loading spans: ${count(tree.spans.length)} of ${count(trace.summary?.span_count)}` : "Some spans could not be loaded"}
        onRetry={trace.error === null ? undefined : trace.refetch}
        news={trace.grown ? trace.refetch : undefined}
      />
      <div className={css.body}>
        <Waterfall tree={tree} rows={rows} collapsed={collapsed} selected={selected} hits={hitSet} view={view} onView={(next) => setZoom(next.from <= tree.from && next.to >= tree.to ? null : next)} onSelect={select} onFold={fold} />
        {span !== undefined && <SpanPanel traceId={traceId} span={span} onClose={() => select(undefined)} />}
      </div>
    </>
  );
}

/** The stretch of time of one span, with a little room on both sides. */
function around(span: Span, tree: TraceTree): View {
  const room = Math.max(span.duration_seconds * 0.06, 1e-7);
  return { from: Math.max(tree.from, span.offset_seconds - room), to: Math.min(tree.to, span.offset_seconds + span.duration_seconds + room) };
}

function Header({ summary, tree, complete }: { summary: TraceSummary; tree: TraceTree; complete: boolean }) {
  const now = useNow();
  const spans = complete ? tree.spans.length : summary.span_count;
  return (
    <header className={css.head}>
      <h1>
        <Link to="/traces" className="muted">Traces</Link>
        <span className="faint">/</span>
        <Lamp status={summary.status} bare />
        <span className="truncate">{summary.root_name === "" ? "unnamed" : summary.root_name}</span>
        {!summary.root_known && <Tag title={ROOTLESS}>{rootless(summary, now)}</Tag>}
      </h1>
      <div className={css.facts}>
        <span><When time={summary.start_time} show="both" /></span>
        <b>{duration(summary.duration_seconds)}</b>
        <span><b>{count(spans)}</b> spans</span>
        {summary.error_count > 0 && <span className="bad"><b className="bad">{count(summary.error_count)}</b> failed</span>}
        <span><b>{compact(summary.input_tokens + summary.output_tokens)}</b> tokens</span>
        <span>{summary.cost_usd === null ? <Tag title="Holds calls without a known price">unpriced</Tag> : <b>{usd(summary.cost_usd)}</b>}</span>
        <span className="line" style={{ gap: 4 }}>{summary.agents.slice(0, 4).map((agent) => <Link key={agent} to="/agents/$agent" params={{ agent }}><Tag>{agent}</Tag></Link>)}{summary.agents.length > 4 && <span>+{summary.agents.length - 4}</span>}</span>
        <span className="line" style={{ gap: 2 }}><span className="mono faint" title={summary.trace_id}>{summary.trace_id.slice(0, 8)}…</span><Copy text={summary.trace_id} label="trace id" /></span>
      </div>
    </header>
  );
}
