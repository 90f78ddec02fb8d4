/** JSON, indented and coloured; long texts stay texts. */
import { Fragment } from "react";

import css from "./ui.module.css";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
/** Beyond this, colouring would make more elements than a browser likes. */
const COLOURED_CHARACTERS = 40_000;

/** A string that holds JSON is shown as what it holds. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (!text.startsWith("{") && !text.startsWith("[")) return value;
  try {
    return JSON.parse(text);
  } catch {
    return value;
  }
}

export function pretty(value: unknown): string {
  const inner = unwrap(value);
  return typeof inner === "string" ? inner : JSON.stringify(inner, null, 2);
}

export function Json({ value }: { value: unknown }) {
  const inner = unwrap(value);
  const text = pretty(inner);
  const plain = typeof inner === "string" || text.length > COLOURED_CHARACTERS;
  // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
  return <pre className={css.json} tabIndex={0}>{plain ? text : coloured(text)}</pre>;
}

function coloured(text: string) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) parts.push(<Fragment key={at}>{text.slice(at, match.index)}</Fragment>);
    const kind = match[2] !== undefined ? css.key : match[1] !== undefined ? css.str : css.lit;
    parts.push(<span key={match.index} className={kind}>{match[1] ?? match[0]}</span>);
    if (match[2] !== undefined) parts.push(match[2]);
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}
