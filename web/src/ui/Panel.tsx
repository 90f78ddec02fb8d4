import type { ReactNode } from "react";

import css from "./ui.module.css";

interface PanelProps {
  title: string;
  aside?: ReactNode;
  /** Tables and lists bring their own padding. */
  flush?: boolean;
  className?: string | undefined;
  children: ReactNode;
}

export function Panel({ title, aside, flush = false, className, children }: PanelProps) {
  return (
    <section className={`${css.panel} ${className ?? ""}`} aria-label={title}>
      <header className={css.panelHead}>
        <h2>{title}</h2>
        {aside !== undefined && <div className={css.aside}>{aside}</div>}
      </header>
      <div className={`${css.panelBody} ${flush ? css.flush : ""}`}>{children}</div>
    </section>
  );
}

interface StatProps {
  label: string;
  value: string;
  unit?: string;
  hint?: ReactNode;
  tone?: "error" | "beam" | undefined;
  title?: string;
}

export function Stat({ label, value, unit, hint, tone, title }: StatProps) {
  const color = tone === undefined ? undefined : `var(--${tone})`;
  return (
    <div className={css.stat} title={title}>
      <div className={css.statLabel}>{label}</div>
      <div className={css.statValue} style={{ color }}>
        {value}
        {unit !== undefined && <small>{unit}</small>}
      </div>
      <div className={css.statHint}>{hint ?? "\u00a0"}</div>
    </div>
  );
}

export function Tag({ tone, children, title }: { tone?: "error" | "beam" | "sea" | undefined; children: ReactNode; title?: string | undefined }) {
  return (
    <span className={css.tag} data-tone={tone} title={title}>
      {children}
    </span>
  );
}

const LAMP_WORDS: Record<string, string> = { active: "Active", idle: "Idle", silent: "Silent", ok: "OK", error: "Error" };

/** A status by shape and word, not by colour alone. */
export function Lamp({ status, bare = false }: { status: string; bare?: boolean }) {
  const word = LAMP_WORDS[status] ?? status;
  return (
    <span className={css.lamp} data-status={status} title={word}>
      <i aria-hidden />
      <span className={bare ? "visually-hidden" : undefined}>{word}</span>
    </span>
  );
}

/** A share of the largest, as a bar. */
export function Meter({ share, color }: { share: number; color?: string }) {
  return (
    <div className={css.meter} aria-hidden>
      <i style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%`, background: color }} />
    </div>
  );
}
