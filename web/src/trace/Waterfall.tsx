/** The rows of the trace: only those on the screen exist, so 50,000 spans cost as much as 50. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type KeyboardEvent } from "react";

import type { Span } from "../api/types";
import { duration } from "../lib/format";
import { Minimap } from "./Minimap";
import { Row } from "./Row";
import { ticks, type View } from "./scale";
import css from "./trace.module.css";
import { rowOf, type TraceTree } from "./tree";

const ROW = 28;

interface WaterfallProps {
  tree: TraceTree;
  rows: Int32Array;
  collapsed: ReadonlySet<string>;
  selected: string | undefined;
  hits: ReadonlySet<number>;
  view: View;
  onView: (view: View) => void;
  onSelect: (spanId: string) => void;
  onFold: (spanId: string) => void;
}

export function Waterfall(props: WaterfallProps) {
  const { tree, rows, collapsed, selected, hits, view, onSelect, onFold } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 20 });
  const position = selected === undefined ? undefined : tree.position.get(selected);
  const index = position === undefined ? -1 : rowOf(rows, position);

  // Follow the selection, not the scrolling: jumping to an error must bring it into sight.
  const shown = useRef("");
  useEffect(() => {
    if (index < 0 || selected === undefined || shown.current === selected) return;
    shown.current = selected;
    const top = scroller.current?.scrollTop ?? 0;
    const height = scroller.current?.clientHeight ?? 0;
    const at = index * ROW;
    if (at < top || at + ROW > top + height) virtual.scrollToIndex(index, { align: "center" });
  }, [index, selected, virtual]);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyTarget(event.key, props, index);
    if (next === null) return;
    event.preventDefault();
    if (next.fold !== undefined) onFold(next.fold);
    if (next.select !== undefined) onSelect(next.select);
  };

  return (
    <div className={css.left}>
      <Minimap tree={tree} view={view} onView={props.onView} />
      <div className={css.axis} aria-hidden>
        <span>Span</span>
        <div className={css.axisTicks}>
          {ticks(view, 6).filter((at) => at < view.to - (view.to - view.from) * 0.05).map((at) => (
            <span key={at} style={{ left: `${((at - view.from) / (view.to - view.from)) * 100}%` }}>{duration(at)}</span>
          ))}
        </div>
      </div>
      <div
        ref={scroller}
        className={css.scroll}
        role="tree"
        aria-label="Spans of the trace"
        tabIndex={0}
        aria-activedescendant={selected === undefined ? undefined : `span-${selected}`}
        onKeyDown={onKeyDown}
        data-testid="waterfall"
        data-rows={rows.length}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const at = rows[item.index] as number;
            const span = tree.spans[at] as Span;
            const open = !collapsed.has(span.span_id);
            const below = (tree.size[at] as number) - 1;
            return (
              <Row
                key={at}
                span={span}
                index={item.index}
                top={item.start}
                depth={tree.depth[at] as number}
                parentAgent={tree.spans[tree.parent[at] ?? -1]?.agent ?? ""}
                below={below}
                open={open}
                orphan={tree.orphan[at] === 1}
                hiddenErrors={open ? 0 : (tree.errors[at] as number) - (span.status === "error" ? 1 : 0)}
                cost={open && below > 0 && tree.depth[at] !== 0 ? (span.cost_usd ?? 0) : (tree.cost[at] as number)}
                selected={span.span_id === selected}
                hit={hits.has(at)}
                dim={hits.size > 0 && !hits.has(at)}
                view={view}
                onSelect={onSelect}
                onFold={onFold}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** What a key does in the tree: the arrows as in any tree, Home and End, Space to fold. */
function keyTarget(key: string, { tree, rows, collapsed }: WaterfallProps, index: number): { select?: string; fold?: string } | null {
  const idAt = (row: number) => tree.spans[rows[Math.max(0, Math.min(rows.length - 1, row))] as number]?.span_id;
  const to = (row: number) => {
    const id = idAt(row);
    return id === undefined ? null : { select: id };
  };
  if (key === "ArrowDown") return to(index + 1);
  if (key === "ArrowUp") return to(index - 1);
  if (key === "PageDown") return to(index + 15);
  if (key === "PageUp") return to(index - 15);
  if (key === "Home") return to(0);
  if (key === "End") return to(rows.length - 1);
  const position = rows[index];
  const id = idAt(index);
  if (position === undefined || id === undefined || index < 0) return null;
  const folded = collapsed.has(id);
  const parent = (tree.size[position] as number) > 1;
  if (key === " " && parent) return { fold: id };
  if (key === "ArrowRight" && parent) return folded ? { fold: id } : to(index + 1);
  if (key === "ArrowLeft") {
    if (parent && !folded) return { fold: id };
    const up = tree.parent[position] as number;
    return up === -1 ? null : to(rowOf(rows, up));
  }
  return null;
}
