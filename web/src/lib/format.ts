/** Numbers as people read them: few digits, fixed units, one dash for "nothing measured". */

export const NOTHING = "–";

const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return integer.format(Math.round(value));
}

/** 1,234 → 1.23k; for tight places. */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  const steps: [number, string][] = [[1e9, "B"], [1e6, "M"], [1e3, "k"]];
  for (const [size, unit] of steps) {
    if (Math.abs(value) >= size * 0.9995) return `${digits(value / size, 3)}${unit}`;
  }
  return Number.isInteger(value) ? String(value) : digits(value, 3);
}

/** `value` with about `significant` digits and no exponent. */
export function digits(value: number, significant: number): string {
  if (value === 0) return "0";
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);
  return value.toFixed(Math.max(0, significant - whole));
}

/** Seconds to the unit that fits: 480 µs, 12.3 ms, 2.41 s, 3m 05s, 2h 14m. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NOTHING;
  if (seconds === 0) return "0 ms";
  if (seconds < 0.001) return `${digits(seconds * 1e6, 3)} µs`;
  if (seconds < 0.9995) return `${digits(seconds * 1e3, 3)} ms`;
  if (seconds < 59.95) return `${digits(seconds, 3)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86400)}d ${two(Math.floor((whole % 86400) / 3600))}h`;
}

/** Dollars: cents from one dollar up, four digits below, so that a column of them lines up. */
export function usd(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value === 0) return "$0.00";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 1000) return `${sign}$${integer.format(Math.round(size))}`;
  if (size >= 0.9999) return `${sign}$${size.toFixed(2)}`;
  if (size >= 0.0001) return `${sign}$${size.toFixed(4)}`;
  return `${sign}<$0.0001`;
}

/** A share 0..1 as per cent. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return NOTHING;
  if (share === 0) return "0 %";
  const value = share * 100;
  if (value < 0.1) return "<0.1 %";
  return `${value >= 99.95 ? "100" : value.toFixed(1)} %`;
}

export function perMinute(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  return value >= 100 ? integer.format(value) : value.toFixed(value >= 10 ? 1 : 2);
}

export function bytes(value: number): string {
  const steps: [number, string][] = [[1 << 30, "GiB"], [1 << 20, "MiB"], [1 << 10, "KiB"]];
  for (const [size, unit] of steps) if (value >= size) return `${digits(value / size, 3)} ${unit}`;
  return `${value} B`;
}

/** "1 span", "2 spans". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
