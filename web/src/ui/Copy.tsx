import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";

import css from "./ui.module.css";

/** Copies `text`. Where the clipboard is closed to us (plain HTTP beyond loopback) it says so instead of pretending. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"idle" | "done" | "refused">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 1500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("done");
    } catch {
      setState("refused");
    }
  };
  const title = state === "done" ? "Copied" : state === "refused" ? "The browser refused: select and copy by hand" : `Copy ${label}`;
  return (
    <button type="button" className={css.copy} onClick={() => void copy()} title={title} aria-label={title}>
      {state === "done" ? <IconCheck size={14} color="var(--ok)" /> : <IconCopy size={14} />}
    </button>
  );
}
