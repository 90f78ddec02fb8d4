import { TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { Copy } from "../ui/Copy";
import uiCss from "../ui/ui.module.css";
import css from "./trace.module.css";

interface AttributesProps {
  title: string;
  values: Record<string, string>;
  /** Only span attributes can be searched by. */
  filterable?: boolean;
}

export function Attributes({ title, values, filterable = false }: AttributesProps) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const every = Object.entries(values).sort(([a], [b]) => a.localeCompare(b));
  const shown = every.filter(([key, value]) => wanted === "" || `${key}=${value}`.toLowerCase().includes(wanted));
  if (every.length === 0) return null;
  return (
    <section className={css.section}>
      <h3>
        {title} <span className="faint num">{every.length}</span>
        {every.length > 12 && <TextInput size="xs" ml="auto" w={150} placeholder="Filter" aria-label={`Filter ${title}`} value={text} onChange={(event) => setText(event.currentTarget.value)} />}
      </h3>
      <table className={css.attrs}>
        <tbody>
          {shown.map(([key, value]) => (
            <tr key={key}>
              <td>{key}</td>
              <td>{value === "" ? <span className="faint">empty</span> : value}</td>
              <td>
                <span className={css.act}>
                  {filterable && (
                    <Link to="/traces" search={(before) => ({ range: before.range, start: before.start, end: before.end, attribute: [`${key}=${value}`] })} className={uiCss.copy} title="Traces with this value" aria-label={`Traces where ${key} is ${value}`}>
                      <IconFilter size={14} />
                    </Link>
                  )}
                  <Copy text={value} label={key} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
