import { useNow, useZone } from "../lib/preferences";
import { ago, clock, exact, isNever } from "../lib/time";
import { NOTHING } from "../lib/format";

/** A point in time: relative in the cell, exact in the tooltip; or the clock with the relative one beside it. */
export function When({ time, show = "ago" }: { time: string; show?: "ago" | "clock" | "both" }) {
  const now = useNow();
  const { zone } = useZone();
  if (isNever(time)) return <span className="faint">{NOTHING}</span>;
  const at = Date.parse(time);
  const text = show === "ago" ? ago(at, now) : clock(at, zone, now);
  return (
    <time dateTime={time} title={show === "clock" ? `${exact(at, zone)} · ${ago(at, now)}` : exact(at, zone)} className="num">
      {text}
      {show === "both" && <span className="faint"> · {ago(at, now)}</span>}
    </time>
  );
}
