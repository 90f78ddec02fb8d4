import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";

import { tracesQuery } from "../api/queries";
import type { TraceList, TraceSummary } from "../api/types";
import { useLive } from "../live/live";
import { compact, count, duration, plural, usd } from "../lib/format";
import { useNow } from "../lib/preferences";
import { useRange } from "../shell/RangePicker";
import { Lamp, Tag } from "../ui/Panel";
import { Empty, Failure, Shimmer } from "../ui/States";
import { When } from "../ui/When";
import { rootless, ROOTLESS } from "./rootless";
import { Filters, useFilters } from "./Filters";
import css from "./traces.module.css";

const REFRESH_MS = 2000;

export default function TracesPage() {
  const range = useRange();
  const [filters] = useFilters();
  const options = useMemo(() => tracesQuery(range, filters), [range, filters]);
  const query = useInfiniteQuery(options);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const fresh = useFreshRows(query.data?.pages.length ?? 0, range.end === null, scroller, () => void query.refetch());
  const queries = useQueryClient();
  const toTop = () => {
    queries.setQueryData(options.queryKey, (before: InfiniteData<TraceList> | undefined) =>
      before === undefined ? before : { pages: before.pages.slice(0, 1), pageParams: before.pageParams.slice(0, 1) },
    );
    scroller.current?.scrollTo({ top: 0 });
    fresh.clear();
    void query.refetch();
  };

  return (
    <div className={css.page}>
      <title>Traces · watchkeeper</title>
      <h1 className="visually-hidden">Traces</h1>
      <Filters />
      <div className={css.scroll} ref={scroller} data-testid="traces">
        {fresh.waiting && rows.length > 0 && (
          <div className={css.pill}>
            <button type="button" onClick={toTop}>New traces · show</button>
          </div>
        )}
        {query.isPending ? (
          <Shimmer rows={14} />
        ) : query.error !== null && rows.length === 0 ? (
          <Failure error={query.error} retry={() => void query.refetch()} />
        ) : rows.length === 0 && query.hasNextPage ? (
          <Searching from={query.data?.pages.at(-1)?.searched_from ?? ""} failed={query.isFetchNextPageError} go={() => void query.fetchNextPage()} busy={query.isFetching} />
        ) : rows.length === 0 ? (
          <Empty title="No trace matches">
            <p>Choose a longer time range or remove a filter.</p>
          </Empty>
        ) : (
          <Rows rows={rows} scroller={scroller} more={query.hasNextPage} loading={query.isFetchingNextPage} failed={query.isFetchNextPageError} loadMore={() => void query.fetchNextPage()} />
        )}
      </div>
    </div>
  );
}

/** While the reader is at the top the list moves; further down it stands still and offers to move. */
function useFreshRows(pages: number, moving: boolean, scroller: React.RefObject<HTMLDivElement | null>, refetch: () => void) {
  const { status } = useLive();
  const [waiting, setWaiting] = useState(false);
  const last = useRef(0);
  const act = useRef(refetch);
  useEffect(() => {
    act.current = refetch;
  });
  useEffect(() => {
    if (status.heard === 0 || !moving || status.paused) return;
    const refresh = () => {
      if (document.hidden) return;
      const reading = pages > 1 || (scroller.current?.scrollTop ?? 0) > 60;
      if (reading) setWaiting(true);
      else {
        last.current = Date.now();
        act.current();
      }
    };
    const timer = setTimeout(refresh, Math.max(0, last.current + REFRESH_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [status.heard, status.paused, moving, pages, scroller]);
  return { waiting, clear: () => setWaiting(false) };
}

/** A rare value in much data is looked for in steps; each says how far back it came. */
function Searching({ from, failed, busy, go }: { from: string; failed: boolean; busy: boolean; go: () => void }) {
  useEffect(() => {
    if (!busy && !failed) go();
  }, [busy, failed, go]);
  return (
    <Empty title="Searching …">
      <p role="status">Nothing yet back to <When time={from} show="clock" />.</p>
      {failed && <button type="button" onClick={go}>Go on searching</button>}
    </Empty>
  );
}

interface RowsProps {
  rows: readonly TraceSummary[];
  scroller: React.RefObject<HTMLDivElement | null>;
  more: boolean;
  loading: boolean;
  failed: boolean;
  loadMore: () => void;
}

function Rows({ rows, scroller, more, loading, failed, loadMore }: RowsProps) {
  const narrow = useMediaQuery("(max-width: 640px)");
  const height = narrow ? 56 : 40;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 12, scrollMargin: narrow ? 0 : 32 });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loading && !failed && end >= rows.length - 15) loadMore();
  }, [more, loading, failed, end, rows.length, loadMore]);
  const slowest = useMemo(() => slow(rows), [rows]);
  return (
    <>
      <div className={css.head} aria-hidden>
        <span />
        <span>Trace</span>
        <span className={css.wide}>Agents</span>
        <span>Started</span>
        <span>Duration</span>
        <span className={`${css.right} ${css.wide}`}>Spans</span>
        <span className={`${css.right} ${css.wide}`}>Tokens</span>
        <span className={css.right}>Cost</span>
      </div>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="list" aria-label="Traces">
        {items.map((item) => {
          const row = rows[item.index];
          return row && <Row key={row.trace_id} row={row} top={item.start - virtual.options.scrollMargin} slowest={slowest} />;
        })}
      </div>
      <div className={css.foot}>
        {failed ? <button type="button" onClick={loadMore}>Could not load more. Try again</button> : loading ? "Loading more …" : more ? "" : `${plural(rows.length, "trace")} in this time, all shown`}
      </div>
    </>
  );
}

/** What counts as a full bar: the 95th percentile, lest one giant flatten all others. */
function slow(rows: readonly TraceSummary[]): number {
  const sorted = rows.map((row) => row.duration_seconds).sort((a, b) => a - b);
  return Math.max(1e-9, sorted[Math.floor((sorted.length - 1) * 0.95)] ?? 0);
}

function Row({ row, top, slowest }: { row: TraceSummary; top: number; slowest: number }) {
  const now = useNow();
  const share = Math.min(1, row.duration_seconds / slowest);
  return (
    <div role="listitem">
      <Link to="/traces/$traceId" params={{ traceId: row.trace_id }} className={css.row} data-status={row.status} data-trace={row.trace_id} style={{ transform: `translateY(${top}px)`, top: 0 }}>
        <Lamp status={row.status} bare />
        <span className="truncate">
          <span className={css.name}>{row.root_name === "" ? "unnamed" : row.root_name}</span>
          {row.workflow !== "" && !row.root_name.includes(row.workflow) && <span className="faint"> {row.workflow}</span>}
          {!row.root_known && <span className="faint" title={ROOTLESS}> · {rootless(row, now)}</span>}
          {row.error_count > 0 && <span className="bad"> · {plural(row.error_count, "error")}</span>}
        </span>
        <span className={`line ${css.wide} ${css.agents}`} style={{ overflow: "hidden" }}>
          {row.agents.slice(0, 2).map((agent) => <Tag key={agent}>{agent}</Tag>)}
          {row.agents.length > 2 && <span className="faint" title={row.agents.join(", ")}>+{row.agents.length - 2}</span>}
        </span>
        <span className={`${css.when} muted`}><When time={row.start_time} show="clock" /></span>
        <span className={css.bar}>
          <i style={{ width: `${share * 100}%` }} aria-hidden />
          <span className={css.right}>{duration(row.duration_seconds)}</span>
        </span>
        <span className={`${css.right} ${css.wide}`}>{count(row.span_count)}</span>
        <span className={`${css.right} ${css.wide} muted`}>{compact(row.input_tokens + row.output_tokens)}</span>
        <span className={`${css.right} ${css.cost}`}>{row.cost_usd === null ? <span className="faint" title="Holds calls without a known price">unpriced</span> : usd(row.cost_usd)}</span>
      </Link>
    </div>
  );
}
