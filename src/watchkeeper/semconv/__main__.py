"""``python -m watchkeeper.semconv``: the metric catalogue as Markdown, for docs/metrics.md."""

import sys

from watchkeeper.semconv import GROUPS, LABEL_ATTRIBUTES, Metric

_HEAD = """# Metrics

Every metric that watchkeeper knows, by its Prometheus name. Over OTLP the same metric travels under the
second name; units are UCUM. This page is generated from the catalogue in `watchkeeper.semconv`:

```sh
python -m watchkeeper.semconv > docs/metrics.md
```

`tasks_queued_total` and `pending_approvals_count` are gauges; their names were fixed by those who use them.
They are the only two that Prometheus' naming rules would object to.
"""


def markdown() -> str:
    """The page."""
    lines = [_HEAD]
    for group, metrics in GROUPS.items():
        lines += [
            f"## {group}\n",
            "| Metric | Type | Unit | Labels | Meaning |",
            "|---|---|---|---|---|",
            *[_row(metric) for metric in metrics],
            "",
        ]
    lines += ["## Buckets\n", "| Metric | Upper bounds, in seconds |", "|---|---|"]
    histograms = [metric for metrics in GROUPS.values() for metric in metrics if metric.buckets]
    for metric in histograms:
        bounds = ", ".join(f"{bound:g}" for bound in metric.buckets)
        lines.append(f"| `{metric.name}` | {bounds} |")
    lines += ["", "## Labels\n", "Where a label's value comes from, on the spans that the SDK makes:\n"]
    lines += ["| Label | Span attribute |", "|---|---|"]
    lines += [f"| `{label}` | `{attribute}` |" for label, attribute in LABEL_ATTRIBUTES.items()]
    return "\n".join(lines) + "\n"


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
    unit = f"`{metric.unit}`" if metric.unit else "–"
    return f"| `{metric.name}`<br>`{metric.otlp}` | {metric.type} | {unit} | {labels} | {metric.help} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
