/** Points in time, as text. `zone` is the user's choice in the top bar. */

export type Zone = "utc" | "local";

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { ...options, ...(zone === "utc" ? { timeZone: "UTC" } : {}) });
    formatters.set(key, found);
  }
  return found;
}

const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
const DAY: Intl.DateTimeFormatOptions = { day: "2-digit", month: "short" };

/** 14:03:22, with the day before it when it is not today's. */
export function clock(time: number, zone: Zone, now: number = Date.now()): string {
  const text = formatter(zone, TIME).format(time);
  const day = formatter(zone, DAY);
  return day.format(time) === day.format(now) ? text : `${day.format(time)} ${text}`;
}

/** 21 Nov 2026, 14:03:22.123 UTC: what a tooltip shows. */
export function exact(time: number, zone: Zone): string {
  const text = formatter(zone, { ...DAY, year: "numeric", ...TIME, fractionalSecondDigits: 3 }).format(time);
  return `${text} ${zone === "utc" ? "UTC" : "local"}`;
}

/** "now", "12 s ago", "3 min ago", "5 h ago", "2 d ago". A clock ahead of ours reads as now. */
export function ago(time: number, now: number): string {
  const seconds = Math.round((now - time) / 1000);
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/** True for the times a server sends when it has none (the epoch, or nothing at all). */
export function isNever(time: string | null | undefined): boolean {
  return !time || Date.parse(time) <= 0;
}
