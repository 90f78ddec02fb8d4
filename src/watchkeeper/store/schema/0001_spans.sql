-- Spans with the column names of the OpenTelemetry Collector's ClickHouse exporter, so that tools made for that
-- schema work; then what people ask about agents as typed columns; then payload, read only when asked for.
-- Sorted by minute and trace: a trace's spans lie together, a time range is a range of the key.
-- Partitioned by day of arrival: one insert is one part, and a hostile timestamp can't split it.
-- Parts stay compact (one file) up to 512 MB: writing 60 files an insert costs as much CPU as the rows do, and merging
-- compact parts costs two thirds of merging wide ones.
CREATE TABLE {database}.spans
(
    Project LowCardinality(String),
    ReceivedAt DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    RequestId UInt64 CODEC(ZSTD(1)),
    Timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName LowCardinality(String) CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    `Events.Timestamp` Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `Links.TraceId` Array(String) CODEC(ZSTD(1)),
    `Links.SpanId` Array(String) CODEC(ZSTD(1)),
    `Links.TraceState` Array(String) CODEC(ZSTD(1)),
    `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),

    ServiceNamespace LowCardinality(String) CODEC(ZSTD(1)),
    InstanceId LowCardinality(String) CODEC(ZSTD(1)),
    Operation LowCardinality(String) CODEC(ZSTD(1)),
    Agent LowCardinality(String) CODEC(ZSTD(1)),
    TargetAgent LowCardinality(String) CODEC(ZSTD(1)),
    Workflow LowCardinality(String) CODEC(ZSTD(1)),
    TaskType LowCardinality(String) CODEC(ZSTD(1)),
    Provider LowCardinality(String) CODEC(ZSTD(1)),
    Model LowCardinality(String) CODEC(ZSTD(1)),
    ToolName LowCardinality(String) CODEC(ZSTD(1)),
    InputTokens UInt64 CODEC(ZSTD(1)),
    OutputTokens UInt64 CODEC(ZSTD(1)),
    CacheReadTokens UInt64 CODEC(ZSTD(1)),
    CacheWriteTokens UInt64 CODEC(ZSTD(1)),
    ReasoningTokens UInt64 CODEC(ZSTD(1)),
    CostNanoUSD Nullable(Int64) CODEC(ZSTD(1)),
    CostSource LowCardinality(String) CODEC(ZSTD(1)),
    ErrorType LowCardinality(String) CODEC(ZSTD(1)),
    ConversationId String CODEC(ZSTD(1)),
    UserId String CODEC(ZSTD(1)),
    SampleWeight Float64 CODEC(ZSTD(1)),

    InputMessages String CODEC(ZSTD(1)),
    OutputMessages String CODEC(ZSTD(1)),
    SystemInstructions String CODEC(ZSTD(1)),
    ToolArguments String CODEC(ZSTD(1)),
    ToolResult String CODEC(ZSTD(1)),

    INDEX trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX attribute_values mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(ReceivedAt)
ORDER BY (Project, toStartOfMinute(Timestamp), TraceId, Timestamp)
SETTINGS non_replicated_deduplication_window = 10000, min_bytes_for_wide_part = 536870912, merge_selector_base = 8;

-- Prices of models as whole numbers of pico-USD a token, in rows by date and by input tokens of the request.
CREATE TABLE {database}.prices
(
    Provider String,
    Model String,
    valid_from Array(UInt32),
    from_tokens Array(UInt64),
    input Array(UInt64),
    output Array(UInt64),
    cache_read Array(UInt64),
    cache_write Array(UInt64),
    source LowCardinality(String),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (Provider, Model);

CREATE DICTIONARY {database}.prices_by_model
(
    Provider String,
    Model String,
    valid_from Array(UInt32),
    from_tokens Array(UInt64),
    input Array(UInt64),
    output Array(UInt64),
    cache_read Array(UInt64),
    cache_write Array(UInt64)
)
PRIMARY KEY Provider, Model
SOURCE(CLICKHOUSE(QUERY 'SELECT Provider, Model, valid_from, from_tokens, input, output, cache_read, cache_write FROM {database}.prices FINAL'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(0);
