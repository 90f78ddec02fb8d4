/** The time axis of the waterfall. All in seconds from the start of the trace. */
export interface View {
  from: number;
  to: number;
}

/** Left edge and width, in per cent of the view; null when outside of it. */
export function bar(view: View, start: number, length: number): { left: number; width: number } | null {
  const span = view.to - view.from;
  const left = (start - view.from) / span;
  const right = (start + length - view.from) / span;
  if (right < 0 || left > 1) return null;
  const clamped = Math.max(0, left);
  return { left: clamped * 100, width: (Math.min(1, right) - clamped) * 100 };
}

/** Round ticks: 1, 2 or 5 times a power of ten, at most `most` of them. */
export function ticks(view: View, most: number): number[] {
  const span = view.to - view.from;
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const found: number[] = [];
  const last = Math.floor(view.to / step + 1e-9);
  // By whole steps: adding up would drift. `|| 0` makes -0 a zero.
  for (let index = Math.ceil(view.from / step - 1e-9); index <= last && found.length <= most; index++) found.push(index * step || 0);
  return found;
}
