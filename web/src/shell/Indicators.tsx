/** Small signs of how things are: the live line, the server's health, the banner when either fails. */
import { Popover } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import { healthQuery, statusQuery } from "../api/queries";
import type { LineState } from "../live/connection";
import { useLive } from "../live/live";
import { duration } from "../lib/format";
import { useNow, useZone } from "../lib/preferences";
import { ago, clock } from "../lib/time";
import css from "./shell.module.css";

const LINE: Record<LineState, { word: string; tone: string; help: string }> = {
  connecting: { word: "Connecting", tone: "", help: "Opening the event stream" },
  live: { word: "Live", tone: "ok", help: "Figures move as telemetry is stored. Click to pause." },
  polling: { word: "Polling", tone: "beam", help: "The event stream is not available: asking every 5 s instead" },
  offline: { word: "Disconnected", tone: "error", help: "The server does not answer" },
  locked: { word: "Locked", tone: "error", help: "The server asks for a token" },
};

export function LiveIndicator() {
  const { status, line } = useLive();
  const { paused } = status;
  const sign = paused && status.state !== "offline" ? { word: "Paused", tone: "", help: "Figures stand still. Click to go on." } : LINE[status.state];
  return (
    <button type="button" className={css.chip} title={sign.help} onClick={() => line.setPaused(!paused)} aria-pressed={paused} data-testid="live">
      <span className={`${css.dot} ${css.pulse}`} data-tone={sign.tone} aria-hidden />
      <span className={css.long} role="status">{sign.word}</span>
      {paused ? <IconPlayerPlay size={13} /> : <IconPlayerPause size={13} className="faint" />}
    </button>
  );
}

export function ConnectionBanner() {
  const { status, line } = useLive();
  const { zone } = useZone();
  const now = useNow();
  if (status.state !== "offline") return null;
  return (
    <div className={css.banner} role="alert">
      <span>
        Disconnected: the server has not answered since <span className="num">{clock(status.since, zone, now)}</span> ({ago(status.since, now)}). What you see is from before. Trying again by itself.
      </span>
      <button type="button" onClick={line.retryNow}>
        Try now
      </button>
    </div>
  );
}

const TONE: Record<string, string> = { healthy: "ok", degraded: "beam", unhealthy: "error" };

export function HealthBadge() {
  const health = useQuery(healthQuery());
  const status = useQuery(statusQuery());
  const { status: line } = useLive();
  const known = health.data;
  const silent = health.error !== null || line.state === "offline";
  const word = silent ? "Unknown" : (known?.status ?? "…");
  return (
    <div>
      <Popover position="right-end" shadow="md" withinPortal>
        <Popover.Target>
          <button type="button" className={css.badge} title="Health of the server">
            <span className={css.dot} data-tone={silent ? "" : TONE[known?.status ?? ""]} aria-hidden />
            <span className={css.word} style={{ textTransform: "capitalize" }}>{word}</span>
            {known !== undefined && !silent && <b title="Health score, of 100">{Math.round(known.score)}</b>}
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          {known === undefined ? <span className="muted">No health report{health.error === null ? " yet" : `: ${health.error.message}`}</span> : <HealthReport />}
        </Popover.Dropdown>
      </Popover>
      <div className={css.version}>
        {status.data === undefined ? "watchkeeper" : `${status.data.project} · v${status.data.version}`}
      </div>
    </div>
  );
}

function HealthReport() {
  const { data } = useQuery(healthQuery());
  if (data === undefined) return null;
  return (
    <div className={css.health}>
      <div className="spread">
        <strong style={{ textTransform: "capitalize" }}>{data.status}</strong>
        <span className="num muted">
          {Math.round(data.score)} of 100 · up {duration(data.uptime_seconds)} · {Math.round(data.memory_usage_mb)} MB
        </span>
      </div>
      <table>
        <tbody>
          {data.components.map((part) => (
            <tr key={part.name}>
              <td><span className={css.dot} data-tone={TONE[part.status]} style={{ display: "inline-block" }} /></td>
              <td>{part.name}</td>
              <td className="muted">{part.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.explanation.length > 0 && (
        <ul>
          {data.explanation.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
