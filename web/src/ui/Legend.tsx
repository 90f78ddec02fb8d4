import css from "./ui.module.css";

export function Legend({ series }: { series: readonly { label: string; color: string }[] }) {
  return (
    <span className={css.legend}>
      {series.map((part) => (
        <span key={part.label}>
          <i style={{ background: `var(${part.color})` }} aria-hidden />
          {part.label}
        </span>
      ))}
    </span>
  );
}
