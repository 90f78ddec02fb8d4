"""What the embedded engine is told at start: memory, caches, threads, and no log tables of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

# No log table of the engine's own is named here: naming one, also as removed, is what turns it on.
# Small caches and pools: the machine is shared with the server and with what is being watched.
_CONFIG: Final = """<clickhouse>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>134217728</mark_cache_size>
  <index_mark_cache_size>33554432</index_mark_cache_size>
  <primary_index_cache_size>67108864</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <query_cache><max_size_in_bytes>1048576</max_size_in_bytes></query_cache>
  <background_pool_size>2</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_message_broker_schedule_pool_size>1</background_message_broker_schedule_pool_size>
  <background_distributed_schedule_pool_size>1</background_distributed_schedule_pool_size>
  <!-- The profilers unwind stacks for a log that is not kept. -->
  <global_profiler_real_time_period_ns>0</global_profiler_real_time_period_ns>
  <global_profiler_cpu_time_period_ns>0</global_profiler_cpu_time_period_ns>
  <asynchronous_metrics_update_period_s>60</asynchronous_metrics_update_period_s>
  <asynchronous_heavy_metrics_update_period_s>600</asynchronous_heavy_metrics_update_period_s>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <parts_to_delay_insert>1500</parts_to_delay_insert>
    <parts_to_throw_insert>3000</parts_to_throw_insert>
  </merge_tree>
</clickhouse>
"""

# Settings of every connection; a reader's can't be changed afterwards, because `readonly` closes them.
COMMON: Final[dict[str, int | str]] = {
    "session_timezone": "UTC",
    "date_time_input_format": "best_effort",
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_denormals": 1,
    "log_queries": 0,
    # Compiling pays after many runs of one query and costs tens of megabytes.
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
    "query_profiler_real_time_period_ns": 0,
    "query_profiler_cpu_time_period_ns": 0,
    "memory_profiler_step": 0,
    "max_insert_threads": 1,
}


def write_config(folder: Path, *, memory_bytes: int) -> Path:
    """Write the engine's configuration file into `folder` and return its path."""
    path = folder / "engine.xml"
    path.write_text(_CONFIG.format(memory=memory_bytes), encoding="utf-8")
    return path
