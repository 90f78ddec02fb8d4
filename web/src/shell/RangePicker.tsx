import { Popover } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { useZone } from "../lib/preferences";
import { PRESETS, readRange, type TimeRange } from "../lib/range";
import { clock, type Zone } from "../lib/time";
import css from "./shell.module.css";

export function useRange(): TimeRange {
  const { range, start, end } = useSearch({ from: "__root__" });
  return readRange({ range, start, end });
}

function title(range: TimeRange, zone: Zone): string {
  const preset = PRESETS.find((one) => one.key === range.preset);
  if (preset !== undefined) return preset.label;
  return `${clock(Date.parse(range.start ?? ""), zone)} – ${clock(Date.parse(range.end ?? ""), zone)}`;
}

/** `datetime-local` wants a wall clock without a zone: the one the user chose to see. */
function toField(time: number, zone: Zone): string {
  const shift = zone === "utc" ? 0 : new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - shift).toISOString().slice(0, 19);
}

function fromField(text: string, zone: Zone): number {
  return Date.parse(zone === "utc" ? `${text}Z` : text);
}

export function RangePicker() {
  const range = useRange();
  const { zone } = useZone();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const choose = (search: { range?: string | undefined; start?: string | undefined; end?: string | undefined }) => {
    setOpen(false);
    void navigate({ to: ".", search: (before) => ({ ...before, range: undefined, start: undefined, end: undefined, ...search }) });
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={268} trapFocus shadow="md">
      <Popover.Target>
        <button type="button" className={css.chip} onClick={() => setOpen(!open)} aria-label={`Time range: ${title(range, zone)}`}>
          <IconClock size={15} stroke={1.7} />
          <span className="num">
            {range.preset === null ? title(range, zone) : <><span className={css.long}>{title(range, zone)}</span><span className={css.short}>{range.preset}</span></>}
          </span>
        </button>
      </Popover.Target>
      <Popover.Dropdown p={4}>
        {PRESETS.map((preset) => (
          <button key={preset.key} type="button" className={css.menuItem} aria-pressed={preset.key === range.preset} onClick={() => choose({ range: preset.key })}>
            {preset.label}
            <span className="faint num">{preset.key}</span>
          </button>
        ))}
        <CustomRange range={range} zone={zone} onChoose={(start, end) => choose({ start, end })} />
      </Popover.Dropdown>
    </Popover>
  );
}

interface CustomProps {
  range: TimeRange;
  zone: Zone;
  onChoose: (start: string, end: string) => void;
}

function CustomRange({ range, zone, onChoose }: CustomProps) {
  const [now] = useState(() => Date.now());
  const [start, setStart] = useState(() => toField(range.start === null ? now - range.seconds * 1000 : Date.parse(range.start), zone));
  const [end, setEnd] = useState(() => toField(range.end === null ? now : Date.parse(range.end), zone));
  const from = fromField(start, zone);
  const to = fromField(end, zone);
  const wrong = Number.isNaN(from) || Number.isNaN(to) || from >= to;
  return (
    <form
      className={css.custom}
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) onChoose(new Date(from).toISOString(), new Date(to).toISOString());
      }}
    >
      <label>
        From ({zone === "utc" ? "UTC" : "local time"})
        <input type="datetime-local" step={1} value={start} onChange={(event) => setStart(event.target.value)} />
      </label>
      <label>
        To
        <input type="datetime-local" step={1} value={end} onChange={(event) => setEnd(event.target.value)} />
      </label>
      {wrong && <span className="bad">The end must come after the start.</span>}
      <button type="submit" className={css.chip} disabled={wrong} style={{ justifyContent: "center" }}>
        Use this range
      </button>
    </form>
  );
}
