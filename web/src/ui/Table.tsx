/** A sortable table of a few hundred rows at most; longer lists are virtual and live elsewhere. */
import { useMemo, useState, type ReactNode } from "react";

import css from "./ui.module.css";

export interface Column<T> {
  key: string;
  label: string;
  cell: (row: T) => ReactNode;
  /** What to sort by; a column without it does not sort. Null goes last either way. */
  by?: (row: T) => number | string | null;
  right?: boolean;
  grow?: boolean;
  title?: string;
}

interface TableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  sort?: { key: string; down: boolean };
}

export function compare(a: number | string | null, b: number | string | null, down: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return down ? -order : order;
}

export function Table<T>({ caption, columns, rows, rowKey, sort: initial }: TableProps<T>) {
  const [sort, setSort] = useState(initial);
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.key === sort?.key)?.by;
    if (by === undefined || sort === undefined) return rows;
    return [...rows].sort((a, b) => compare(by(a), by(b), sort.down) || rowKey(a).localeCompare(rowKey(b)));
  }, [columns, rows, rowKey, sort]);
  const toggle = (column: Column<T>) =>
    setSort((now) => (now?.key === column.key ? { key: column.key, down: !now.down } : { key: column.key, down: column.right === true }));

  return (
    <div className={css.tableWrap}>
      <table className={css.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => {
              const active = sort?.key === column.key;
              const state = active ? (sort.down ? "descending" : "ascending") : "none";
              return (
                <th key={column.key} className={column.right ? css.right : undefined} title={column.title} {...(column.by ? { "aria-sort": state } : {})}>
                  {column.by === undefined ? (
                    column.label
                  ) : (
                    <button type="button" className={css.sort} data-active={active || undefined} onClick={() => toggle(column)}>
                      {column.label}
                      {active && <span className={css.arrow} aria-hidden>{sort.down ? "▼" : "▲"}</span>}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.key} className={[column.right ? css.right : "", column.grow ? css.grow : ""].join(" ")}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
