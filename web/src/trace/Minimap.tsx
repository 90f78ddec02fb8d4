/** The whole trace on one canvas; dragging on it chooses the stretch that the rows show. */
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, useState, type PointerEvent } from "react";

import type { Span } from "../api/types";
import { kindOf } from "./operations";
import type { View } from "./scale";
import css from "./trace.module.css";
import type { TraceTree } from "./tree";

const HEIGHT = 46;

function paint(canvas: HTMLCanvasElement, tree: TraceTree, width: number): void {
  const ratio = window.devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = HEIGHT * ratio;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const colors = new Map<string, string>();
  const color = (name: string) => {
    const known = colors.get(name) ?? style.getPropertyValue(name).trim();
    colors.set(name, known);
    return known;
  };
  const scale = width / (tree.to - tree.from);
  const count = tree.spans.length;
  const thickness = Math.max(1, Math.min(4, (HEIGHT - 8) / Math.max(1, count) - 0.5));
  const draw = (position: number, fill: string, least: number) => {
    const span = tree.spans[position] as Span;
    pen.fillStyle = fill;
    pen.fillRect((span.offset_seconds - tree.from) * scale, 4 + (position / count) * (HEIGHT - 8), Math.max(least, span.duration_seconds * scale), thickness);
  };
  pen.globalAlpha = 0.8;
  for (let position = 0; position < count; position++) draw(position, color(kindOf((tree.spans[position] as Span).operation).color), 0.6);
  pen.globalAlpha = 1;
  for (let position = 0; position < count; position++) if ((tree.spans[position] as Span).status === "error") draw(position, color("--error-fill"), 2);
}

interface MinimapProps {
  tree: TraceTree;
  view: View;
  onView: (view: View) => void;
}

export function Minimap({ tree, view, onView }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme("dark");
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  useEffect(() => {
    if (canvas.current !== null && width > 0) paint(canvas.current, tree, width);
  }, [tree, width, scheme]);

  const length = tree.to - tree.from;
  const share = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const finish = () => {
    if (drag === null) return;
    const [low, high] = drag.from < drag.to ? [drag.from, drag.to] : [drag.to, drag.from];
    // A click without a drag goes back to everything.
    if (high - low < 0.004) onView({ from: tree.from, to: tree.to });
    else onView({ from: tree.from + low * length, to: tree.from + high * length });
    setDrag(null);
  };
  const shown = drag === null ? { low: (view.from - tree.from) / length, high: (view.to - tree.from) / length } : { low: Math.min(drag.from, drag.to), high: Math.max(drag.from, drag.to) };
  const whole = shown.low <= 0.0001 && shown.high >= 0.9999;
  return (
    <div
      ref={ref}
      className={css.map}
      title="Drag to zoom into a stretch of time, click to see all"
      data-testid="minimap"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = share(event);
        setDrag({ from: at, to: at });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: share(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(null)}
    >
      <canvas ref={canvas} aria-hidden />
      {!whole && <div className={css.window} style={{ left: `${shown.low * 100}%`, right: `${(1 - shown.high) * 100}%` }} />}
    </div>
  );
}
