-- Spans added up by minute, worked out from `spans` afterwards; docs/decisions says why and how.
-- One row a facet: the same minute summed over different columns, because nobody asks for all of them at once.
-- Reading a sketch costs more than all other columns together: the order puts those of one agent side by side.
-- A minute that is worked out again gets a higher version; readers take the newest that `span_minutes_done` knows.
CREATE TABLE {database}.span_minutes
(
    Project LowCardinality(String),
    Minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    Facet LowCardinality(String),
    ServiceNamespace LowCardinality(String),
    Agent LowCardinality(String),
    Operation LowCardinality(String),
    Name String CODEC(ZSTD(1)),
    Provider LowCardinality(String),
    Model LowCardinality(String),
    IsTask UInt8,
    Version UInt64 CODEC(ZSTD(1)),
    Spans UInt64 CODEC(ZSTD(1)),
    Unknown UInt64 CODEC(ZSTD(1)),
    Weight Float64 CODEC(ZSTD(1)),
    Failed Float64 CODEC(ZSTD(1)),
    Cost Int64 CODEC(ZSTD(1)),
    Unpriced Float64 CODEC(ZSTD(1)),
    Input Float64 CODEC(ZSTD(1)),
    Output Float64 CODEC(ZSTD(1)),
    Seen Int64 CODEC(ZSTD(1)),
    Services Array(String) CODEC(ZSTD(1)),
    Sketch AggregateFunction(quantilesBFloat16Weighted(0.5, 0.95, 0.99), UInt64, UInt32) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY (Project, Facet, Agent, ServiceNamespace, Operation, Name, Provider, Model, IsTask, Minute)
SETTINGS index_granularity = 512;

-- Which version of a minute is whole, and of how many spans it was made: written after the minute's rows.
CREATE TABLE {database}.span_minutes_done
(
    Project LowCardinality(String),
    Minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    Version UInt64 CODEC(ZSTD(1)),
    Spans UInt64 CODEC(ZSTD(1)),
    Unknown UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY (Project, Minute);
