"""Fragments of SQL that several questions share, so that a word means the same in all of them."""

from __future__ import annotations

import math
from typing import Any, Final

SPANS: Final = "watchkeeper.spans"

LLM_OPERATIONS: Final = ("chat", "text_completion", "generate_content", "embeddings")

# The SDK stamps TaskType on every span inside a task: an agent run inside a task is no second task.
IS_TASK: Final = "(Operation = 'task' OR (Operation = 'invoke_agent' AND TaskType = ''))"
IS_LLM: Final = f"(Operation IN {LLM_OPERATIONS})"
# What the aggregates over agents and models look at; everything else is skipped before columns are read.
COUNTED: Final = f"(Operation IN {('task', 'invoke_agent', *LLM_OPERATIONS)})"
IS_ERROR: Final = "(StatusCode = 'Error')"

# Rounded to whole nano-USD for each span, so that the sum is exact whatever the order it is added up in.
WEIGHTED_COST: Final = "toInt64(round(ifNull(CostNanoUSD, 0) * SampleWeight))"
COST: Final = f"sum({WEIGHTED_COST})"
INPUT_TOKENS: Final = "toUInt64(round(sum(InputTokens * SampleWeight)))"
OUTPUT_TOKENS: Final = "toUInt64(round(sum(OutputTokens * SampleWeight)))"
UNPRICED: Final = "toUInt64(round(sumIf(SampleWeight, CostNanoUSD IS NULL)))"
# Quantiles take whole weights only. At least 1: a span that is there happened at least once.
WHOLE_WEIGHT: Final = "toUInt32(greatest(round(SampleWeight), 1))"

PROJECT: Final = "Project = {project:String}"


def count_if(condition: str) -> str:
    """How many spans meet a condition, weighted for sampling, as a whole number."""
    return f"toUInt64(round(sumIf(SampleWeight, {condition})))"


def at(name: str) -> str:
    """The placeholder `name`, nanoseconds since the epoch, as a value of the column Timestamp."""
    return f"fromUnixTimestamp64Nano({{{name}:Int64}}, 'UTC')"


def between(start: str = "start", end: str = "end") -> str:
    """Condition: the span started in the range given by two placeholders, the end excluded."""
    return f"Timestamp >= {at(start)} AND Timestamp < {at(end)}"


def seconds(duration_ns: Any) -> float | None:
    """A quantile in seconds; None where there was nothing to measure (the engine says NaN)."""
    if duration_ns is None:
        return None
    value = float(duration_ns)
    return None if math.isnan(value) else value / 1e9
