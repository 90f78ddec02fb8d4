/** uPlot is loaded when the first chart is drawn, not before the first figure. */
import { lazy, Suspense, type ComponentProps } from "react";

const Plot = lazy(() => import("./Chart"));

export function Chart(props: ComponentProps<typeof Plot>) {
  return (
    <Suspense fallback={<div style={{ height: props.height ?? 150 }} />}>
      <Plot {...props} />
    </Suspense>
  );
}
