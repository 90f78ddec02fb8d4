/** The lighthouse. Its lamp turns while the line to the server is live, and is dark when it is not. */
import css from "./shell.module.css";

export function Logo({ lit }: { lit: boolean }) {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" className={css.logo} data-lit={lit || undefined} aria-hidden>
      <g className={css.beams}>
        <path d="M18.5 9.4 31 5v9z" fill="var(--beam-fill)" opacity=".5" />
        <path d="M13.5 9.4 1 5v9z" fill="var(--beam-fill)" opacity=".5" />
      </g>
      <path d="M12.6 12.6h6.8l2 13.6H10.6z" fill="currentColor" />
      <path d="m11.9 17.3 8.3-1 .5 3.3-9.3 1.1z" fill="var(--error-fill)" />
      <rect x="10.8" y="11.6" width="10.4" height="1.7" rx=".85" fill="currentColor" />
      <rect x="13" y="7.5" width="6" height="4.1" rx="1" className={css.lampGlass} />
      <path d="M12.3 7.5 16 4.4l3.7 3.1z" fill="currentColor" />
      <rect x="8.6" y="26" width="14.8" height="1.8" rx=".9" fill="currentColor" />
    </svg>
  );
}
