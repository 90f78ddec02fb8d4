import { Link } from "@tanstack/react-router";

import type { RecentError } from "../api/types";
import { shortType, withoutType } from "../lib/errors";
import { Panel } from "../ui/Panel";
import { Empty } from "../ui/States";
import { When } from "../ui/When";
import css from "./overview.module.css";

/** The latest failures; each leads to the span that failed. */
export function RecentErrors({ errors, showAgent = true }: { errors: readonly RecentError[]; showAgent?: boolean }) {
  return (
    <Panel title="Recent errors" flush aside={errors.length > 0 ? <Link to="/traces" search={(before) => ({ ...before, status: "error" })}>All failed traces</Link> : undefined}>
      {errors.length === 0 ? (
        <Empty title="No errors in this time" />
      ) : (
        <ul className={css.errors} data-testid="recent-errors">
          {errors.map((error) => (
            <li key={error.span_id + error.trace_id}>
              <Link to="/traces/$traceId" params={{ traceId: error.trace_id }} search={(before) => ({ ...before, span: error.span_id })} className={css.error}>
                <span className="truncate">
                  <strong title={error.error_type}>{error.error_type === "" ? "Error" : shortType(error.error_type)}</strong>
                  <span className="muted"> in {error.name}{showAgent && error.agent !== "" && !error.name.includes(error.agent) ? ` · ${error.agent}` : ""}</span>
                </span>
                <span className="faint"><When time={error.time} /></span>
                {error.message !== "" && <p className="truncate" title={error.message}>{withoutType(error.message, error.error_type)}</p>}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
