/** uPlot in a React coat: follows the theme and the zone, shows a tooltip, lets a stretch of time be dragged. */
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { useZone } from "../lib/preferences";
import { clock, exact, type Zone } from "../lib/time";
import css from "./ui.module.css";

export interface ChartSeries {
  label: string;
  /** A CSS variable name, such as `--sea-fill`. */
  color: string;
  values: readonly (number | null)[];
  kind: "bars" | "area" | "line";
}

interface ChartProps {
  label: string;
  /** Epoch seconds, ascending, same length as every series. */
  times: readonly number[];
  series: readonly ChartSeries[];
  format: (value: number | null) => string;
  height?: number;
  sync?: string;
  /** Called with epoch milliseconds when the user drags over a stretch. */
  onSelect?: ((start: number, end: number) => void) | undefined;
}

const variable = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function tint(color: string, share: number): string {
  return `color-mix(in srgb, ${color} ${share * 100}%, transparent)`;
}

/** One moment under the pointer, as text nodes: names may come from telemetry, so never as markup. */
function tooltip(parts: readonly ChartSeries[], format: ChartProps["format"], zone: Zone): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = css.tip ?? "";
  box.hidden = true;
  const move = (plot: uPlot) => {
    const { idx, left } = plot.cursor;
    const time = idx === null || idx === undefined ? undefined : plot.data[0][idx];
    box.hidden = time === undefined || left === undefined || left < 0;
    if (box.hidden || idx === null || idx === undefined || time === undefined) return;
    const head = document.createElement("b");
    head.textContent = exact(time * 1000, zone).replace(/\.\d+/, "");
    box.replaceChildren(head, ...parts.map((part, index) => row(part, format(plot.data[index + 1]?.[idx] ?? null))));
    const at = plot.over.offsetLeft + (left ?? 0);
    const flip = at > plot.width / 2;
    box.style.left = flip ? "" : `${at + 12}px`;
    box.style.right = flip ? `${plot.width - at + 12}px` : "";
    box.style.top = "6px";
  };
  return { hooks: { init: (plot) => plot.root.append(box), setCursor: move, setData: move } };
}

function row(part: ChartSeries, text: string): HTMLElement {
  const line = document.createElement("span");
  const name = document.createElement("em");
  name.style.fontStyle = "normal";
  const swatch = document.createElement("i");
  swatch.style.background = `var(${part.color})`;
  name.append(swatch, part.label);
  const value = document.createElement("strong");
  value.style.fontWeight = "560";
  value.textContent = text;
  line.append(name, value);
  return line;
}

function drawn(part: ChartSeries): uPlot.Series {
  const color = variable(part.color);
  const shared: uPlot.Series = { label: part.label, points: { show: false }, spanGaps: false };
  // A bucket is named by its start: its bar stands to the right of it.
  if (part.kind === "bars") return { ...shared, fill: color, width: 0, paths: uPlot.paths.bars?.({ size: [0.72, 14], radius: 0.15, align: 1 }) as uPlot.Series.PathBuilder };
  return { ...shared, points: { show: true, size: 4, fill: color, width: 0, filter: (plot, index) => lonely(plot.data[index] ?? []) }, stroke: color, width: 1.5, fill: part.kind === "area" ? tint(color, 0.13) : "transparent" };
}

/** Points between two gaps: no line goes through them, so they need a dot. */
function lonely(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, index, all) => ((value ?? null) !== null && (all[index - 1] ?? null) === null && (all[index + 1] ?? null) === null ? [index] : []));
}

/** To the end of the last bucket, not to its start. */
function wholeBuckets(times: readonly number[], low: number, high: number): [number, number] {
  const step = times.length > 1 ? ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1) : 60;
  return [low, high + step];
}

function options(props: ChartProps, zone: Zone, width: number): uPlot.Options {
  const axis = { stroke: variable("--faint"), font: `11px ${variable("--font")}`, ticks: { show: false } };
  const { onSelect, format } = props;
  return {
    width,
    height: props.height ?? 150,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: onSelect !== undefined, y: false, setScale: false },
      ...(props.sync === undefined ? {} : { sync: { key: props.sync } }),
    },
    scales: { x: { time: true, range: (plot, low, high) => wholeBuckets(plot.data[0] as number[], low, high) }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.12 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 24, gap: 4, values: (_plot, splits) => splits.map((at) => tickText(at * 1000, zone, splits)) },
      { ...axis, grid: { stroke: variable("--line"), width: 1 }, size: 56, gap: 6, space: 34, values: (_plot, splits) => splits.map((value) => format(value)) },
    ],
    ...(zone === "utc" ? { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC") } : {}),
    series: [{}, ...props.series.map(drawn)],
    plugins: [tooltip(props.series, format, zone)],
    hooks: {
      setSelect: [
        (plot) => {
          if (onSelect === undefined || plot.select.width < 4) return;
          onSelect(plot.posToVal(plot.select.left, "x") * 1000, plot.posToVal(plot.select.left + plot.select.width, "x") * 1000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Hours for a day or less, dates beyond. */
function tickText(at: number, zone: Zone, splits: readonly number[]): string {
  const step = splits.length > 1 ? (splits[1] ?? 0) - (splits[0] ?? 0) : 60;
  const text = clock(at, zone, at);
  if (step >= 86_400) return exact(at, zone).slice(0, 6);
  return step < 60 ? text : text.slice(0, 5);
}

export default function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { zone } = useZone();
  const scheme = useComputedColorScheme("dark");
  const data = useMemo<uPlot.AlignedData>(() => [[...props.times], ...props.series.map((part) => [...part.values])], [props.times, props.series]);
  const newest = useRef({ props, data });
  useEffect(() => {
    newest.current = { props, data };
  });

  const shape = props.series.map((part) => part.label + part.kind + part.color).join();
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new uPlot(options(newest.current.props, zone, element.clientWidth), newest.current.data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: made.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [zone, scheme, shape]);
  useEffect(() => plot.current?.setData(data), [data]);

  return <div ref={host} className={css.chart} role="img" aria-label={props.label} style={{ minHeight: props.height ?? 150 }} />;
}
