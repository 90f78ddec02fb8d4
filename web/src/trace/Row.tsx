import { IconAlertTriangleFilled, IconChevronRight } from "@tabler/icons-react";
import { memo } from "react";

import type { Span } from "../api/types";
import { compact, count, duration, usd } from "../lib/format";
import { kindOf } from "./operations";
import { bar, type View } from "./scale";
import css from "./trace.module.css";

/** Deeper than this the indent stands still, or the name would leave the column. */
const DEEPEST_INDENT = 18;
const INDENT = 13;

export interface RowProps {
  span: Span;
  index: number;
  top: number;
  depth: number;
  parentAgent: string;
  /** Spans below this one. */
  below: number;
  open: boolean;
  orphan: boolean;
  /** Failed spans below this one that are folded away. */
  hiddenErrors: number;
  cost: number;
  selected: boolean;
  hit: boolean;
  dim: boolean;
  view: View;
  onSelect: (spanId: string) => void;
  onFold: (spanId: string) => void;
}

/** What neither the name nor the span above says already. */
function extra(span: Span, parentAgent: string): string {
  const agent = span.agent === parentAgent ? "" : span.agent;
  // "chat gpt-5-mini" answered by "gpt-5-mini-2026-04-14" says nothing new either.
  const asked = span.name.slice(span.name.lastIndexOf(" ") + 1);
  const parts = [agent, span.model].filter((part) => part !== "" && !span.name.includes(part) && !(asked.length > 3 && part.startsWith(asked)));
  return parts.join(" · ");
}

export const Row = memo(function Row(props: RowProps) {
  const { span, depth, below, open } = props;
  const kind = kindOf(span.operation);
  const failed = span.status === "error";
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the tree handles keys, rows come and go
    <div
      className={css.row}
      style={{ transform: `translateY(${props.top}px)` }}
      role="treeitem"
      id={`span-${span.span_id}`}
      aria-level={depth + 1}
      aria-selected={props.selected}
      {...(below > 0 ? { "aria-expanded": open } : {})}
      data-index={props.index}
      data-selected={props.selected || undefined}
      data-hit={props.hit || undefined}
      data-dim={props.dim || undefined}
      data-error={failed || undefined}
      onClick={() => props.onSelect(span.span_id)}
      onDoubleClick={() => below > 0 && props.onFold(span.span_id)}
    >
      <div className={css.name} style={{ paddingLeft: 8 + Math.min(depth, DEEPEST_INDENT) * INDENT }}>
        {below > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            className={css.fold}
            data-open={open || undefined}
            aria-hidden
            onClick={(event) => {
              event.stopPropagation();
              props.onFold(span.span_id);
            }}
          >
            <IconChevronRight size={13} stroke={2.2} />
          </button>
        ) : (
          <span className={css.fold} style={{ visibility: "hidden" }} />
        )}
        <i className={css.kind} style={{ background: `var(${kind.color})` }} title={kind.word} />
        <span className={css.label} title={span.name}>{span.name}</span>
        {!open && below > 0 && <span className={css.below}>{compact(below)}</span>}
        <span className={css.extra}>{extra(span, props.parentAgent)}</span>
        {props.orphan && <span className={css.extra} title="Its parent span has not arrived">· parent missing</span>}
        {(failed || props.hiddenErrors > 0) && (
          <span className={css.failed} title={failed ? `${span.error_type} ${span.status_message}` : `${count(props.hiddenErrors)} failed below`}>
            <IconAlertTriangleFilled size={12} aria-hidden />
            {failed && <span className="visually-hidden">failed</span>}
            {!failed && compact(props.hiddenErrors)}
          </span>
        )}
      </div>
      <Lane {...props} color={kind.color} />
    </div>
  );
});

function Lane({ span, view, color, cost }: RowProps & { color: string }) {
  const place = bar(view, span.offset_seconds, span.duration_seconds);
  if (place === null) return <div className={css.lane} />;
  const end = place.left + place.width;
  const after = end < 72;
  const before = !after && place.left > 30;
  const style = after ? { left: `calc(${Math.max(end, place.left)}% + 6px)` } : before ? { right: `calc(${100 - place.left}% + 6px)` } : { right: `calc(${100 - end}% + 6px)` };
  return (
    <div className={css.lane}>
      <div className={css.bar} style={{ left: `${place.left}%`, width: `${place.width}%`, background: `var(${color})` }} />
      <span className={css.time} style={style} data-inside={(!after && !before) || undefined}>
        {duration(span.duration_seconds)}
        {cost > 0 && <em>{usd(cost)}</em>}
      </span>
    </div>
  );
}
