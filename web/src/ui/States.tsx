/** What a page shows when it has nothing to show: loading, empty, refused, away. Each says what to do. */
import type { ReactNode } from "react";

import { ApiError, Unreachable } from "../api/client";
import css from "./ui.module.css";

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.state}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

function explain(error: Error): { title: string; text: string } {
  if (error instanceof Unreachable) return { title: "The server does not answer", text: "This page fills itself again as soon as it is back." };
  if (error instanceof ApiError && error.status === 404) return { title: "Not found", text: error.message };
  if (error instanceof ApiError) return { title: `The server refused (${error.status} ${error.code})`, text: [error.message, error.hint].filter(Boolean).join(" ") };
  return { title: "Something went wrong on this page", text: error.message };
}

export function Failure({ error, retry }: { error: Error; retry?: (() => void) | undefined }) {
  const { title, text } = explain(error);
  return (
    <div className={css.state} role="alert">
      <strong>{title}</strong>
      <p>{text}</p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Shimmer({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ padding: 12, display: "grid", gap: 16 }}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} className={css.shimmer} style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

interface AsyncProps<T> {
  query: { data: T | undefined; error: Error | null; isPending: boolean; refetch: () => unknown };
  rows?: number;
  children: (data: T) => ReactNode;
}

/** The usual three: what came before an error stays on the screen, since old figures beat none. */
export function Async<T>({ query, rows, children }: AsyncProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <Shimmer {...(rows === undefined ? {} : { rows })} />;
}
