/** Choices of the person at the screen that outlive the tab: the time zone of shown times. */
import { createContext, use, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";

import type { Zone } from "./time";

const ZONE_KEY = "watchkeeper.zone";

interface Preferences {
  zone: Zone;
  setZone: (zone: Zone) => void;
}

const PreferencesContext = createContext<Preferences>({ zone: "local", setZone: () => undefined });

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [zone, setState] = useState<Zone>(() => (localStorage.getItem(ZONE_KEY) === "utc" ? "utc" : "local"));
  const value = useMemo(
    () => ({
      zone,
      setZone: (next: Zone) => {
        localStorage.setItem(ZONE_KEY, next);
        setState(next);
      },
    }),
    [zone],
  );
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}

export function useZone(): Preferences {
  return use(PreferencesContext);
}

/** One clock for all relative times, so that a page of them costs one timer. */
const ticks = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(tick: () => void): () => void {
  ticks.add(tick);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of ticks) one();
  }, 1000);
  return () => {
    ticks.delete(tick);
    if (ticks.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
