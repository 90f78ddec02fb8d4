import { TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconSearch } from "@tabler/icons-react";

import { count } from "../lib/format";
import uiCss from "../ui/ui.module.css";
import css from "./trace.module.css";

interface ToolbarProps {
  text: string;
  onText: (text: string) => void;
  hits: readonly number[];
  errors: readonly number[];
  /** Position of the selected span. */
  at: number | undefined;
  onJump: (positions: readonly number[], back?: boolean) => void;
  /** Fold everything from this depth on; null unfolds all. */
  onFold: (depth: number | null) => void;
  zoomed: boolean;
  onZoomOut: () => void;
  onZoomIn: (() => void) | undefined;
  status: string;
  onRetry: (() => void) | undefined;
  /** Loads the spans that came since; only where the page does not do so by itself. */
  news: (() => void) | undefined;
}

function place(positions: readonly number[], at: number | undefined): string {
  const index = at === undefined ? -1 : positions.indexOf(at);
  return index < 0 ? count(positions.length) : `${count(index + 1)} of ${count(positions.length)}`;
}

export function Toolbar(props: ToolbarProps) {
  const { text, onText, hits, errors, at, onJump, onFold } = props;
  return (
    <div className={css.tools} role="toolbar" aria-label="Trace">
      <TextInput
        size="xs"
        w={220}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onJump(hits, event.shiftKey);
          if (event.key === "Escape") onText("");
        }}
        placeholder="Find in this trace"
        aria-label="Find in this trace"
        leftSection={<IconSearch size={14} />}
        data-search
      />
      {text.trim() !== "" && (
        <>
          <span className={css.hits} role="status">{hits.length === 0 ? "No match" : place(hits, at)}</span>
          <button type="button" className={uiCss.button} onClick={() => onJump(hits, true)} disabled={hits.length === 0} aria-label="Previous match" title="Previous match (Shift+N)"><IconChevronUp size={14} /></button>
          <button type="button" className={uiCss.button} onClick={() => onJump(hits)} disabled={hits.length === 0} aria-label="Next match" title="Next match (N)"><IconChevronDown size={14} /></button>
        </>
      )}
      <button type="button" className={uiCss.button} onClick={() => onJump(errors)} disabled={errors.length === 0} title="Go to the next failed span (E)" data-testid="next-error">
        <span className={errors.length > 0 ? "bad" : undefined}>Next error</span>
        <span className="faint num">{place(errors, at)}</span>
      </button>
      <button type="button" className={uiCss.button} onClick={() => onFold(1)}>Collapse all</button>
      <button type="button" className={uiCss.button} onClick={() => onFold(null)}>Expand all</button>
      {props.zoomed ? (
        <button type="button" className={uiCss.button} onClick={props.onZoomOut} title="Show the whole time again (Z)">Zoom out</button>
      ) : (
        <button type="button" className={uiCss.button} onClick={props.onZoomIn} disabled={props.onZoomIn === undefined} title="Zoom to the selected span (Z)">Zoom to span</button>
      )}
      {props.news !== undefined && <button type="button" className={uiCss.button} onClick={props.news}>New spans · show</button>}
      {props.status !== "" && (
        <span className={css.loading} role="status">
          {props.status}
          {props.onRetry !== undefined && <button type="button" className={uiCss.button} onClick={props.onRetry}>Try again</button>}
        </span>
      )}
    </div>
  );
}
