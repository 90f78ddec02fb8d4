/** A tiny line of values with an area below it; errors as red ticks on its foot. */
interface SparklineProps {
  values: readonly (number | null)[];
  marks?: readonly number[];
  width?: number;
  height?: number;
  label: string;
}

export function Sparkline({ values, marks = [], width = 84, height = 24, label }: SparklineProps) {
  const top = Math.max(...values.map((value) => value ?? 0), 1e-9);
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number | null) => height - 2 - ((value ?? 0) / top) * (height - 5);
  const line = values.map((value, index) => `${index === 0 ? "M" : "L"}${(index * step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} style={{ display: "block" }}>
      {values.length > 1 && <path d={`${line}L${width} ${height}L0 ${height}Z`} fill="var(--sea-fill)" opacity={0.14} />}
      {values.length > 1 && <path d={line} fill="none" stroke="var(--sea-fill)" strokeWidth={1.3} strokeLinejoin="round" />}
      {marks.map((mark, index) =>
        mark > 0 ? <rect key={index} x={index * step - 1} y={height - 4} width={2} height={4} fill="var(--error-fill)" /> : null,
      )}
    </svg>
  );
}
