-- The tables of a fleet's store, first version. A statement ends with a semicolon at the end of a line.
--
-- A row is what one journal says, and never changes: (journal_id, seq) names a transition. A batch that was sent twice
-- leaves each row twice until ClickHouse merges them, and once for a reader with FINAL, as the views do. A run is
-- told again with its later transitions: the row with the greatest last_seq holds.
--
-- This is what one server gets. On a cluster the program makes each table twice: `NAME_local`, replicated, on every
-- server, and NAME, which distributes rows by the key in the comment after ORDER BY, so that a journal's rows are all on
-- one shard. `{shard}` and `{replica}` are macros of each server.
--
-- Times are wall time in microseconds since 1970 (…_us), durations monotonic microseconds.

CREATE TABLE IF NOT EXISTS transition (
    journal_id String,
    seq UInt64,
    -- Of the chain in the journal, as 64 hexadecimal digits: two journals with one ID differ here.
    hash String,
    at_us Int64,
    model String,
    provider String,
    run_id String,
    ordinal Int64,
    attempt Int64,
    correlation_id String,
    wanted Nullable(String),
    from_state String,
    to_state String,
    trigger String,
    reason Nullable(String),
    message Nullable(String),
    elapsed_us Nullable(Int64),
    exit_code Nullable(Int64),
    signal Nullable(Int64),
    version Nullable(String),
    output_tail Nullable(String),
    -- JSON.
    evidence Nullable(String),
    queue_us Nullable(Int64),
    digest_us Nullable(Int64),
    spawn_us Nullable(Int64),
    server_pid Nullable(Int64),
    model_bytes Nullable(Int64),
    model_modified_us Nullable(Int64),
    model_digest Nullable(String),
    retry_at_us Nullable(Int64),
    after_gap UInt8,
    -- Of the warm-up requests that ended with this row; an error is '' where there was none.
    warmup_us Array(Int64),
    warmup_errors Array(String),
    engine_id String,
    pid Int64,
    host String
) ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMM(toDateTime(intDiv(at_us, 1000000), 'UTC'))
ORDER BY (journal_id, seq) /* SHARD BY cityHash64(journal_id) */;

CREATE TABLE IF NOT EXISTS run (
    journal_id String,
    -- Of its first transition.
    first_seq UInt64,
    last_seq UInt64,
    last_at_us Int64,
    run_id String,
    model String,
    provider String,
    version Nullable(String),
    attempt Int64,
    correlation_id String,
    wanted Nullable(String),
    configuration_digest String,
    started_us Int64,
    ended_us Nullable(Int64),
    state String,
    outcome String,
    startup_us Nullable(Int64),
    load_us Nullable(Int64),
    warmup_us Nullable(Int64),
    ready_us Nullable(Int64),
    queue_us Nullable(Int64),
    digest_us Nullable(Int64),
    spawn_us Nullable(Int64),
    failed_phase Nullable(String),
    reason Nullable(String),
    message Nullable(String),
    exit_code Nullable(Int64),
    signal Nullable(Int64),
    evidence Nullable(String),
    server_pid Nullable(Int64),
    model_bytes Nullable(Int64),
    model_modified_us Nullable(Int64),
    model_digest Nullable(String),
    retry_at_us Nullable(Int64),
    engine_id String,
    pid Int64,
    host String
) ENGINE = ReplacingMergeTree(last_seq)
PARTITION BY toYYYYMM(toDateTime(intDiv(started_us, 1000000), 'UTC'))
ORDER BY (journal_id, first_seq) /* SHARD BY cityHash64(journal_id) */;

-- What runs were started with, without secrets: canonical JSON and its SHA-256.
CREATE TABLE IF NOT EXISTS configuration (
    journal_id String,
    digest String,
    json String
) ENGINE = ReplacingMergeTree()
ORDER BY (journal_id, digest) /* SHARD BY cityHash64(journal_id) */;

CREATE TABLE IF NOT EXISTS engine (
    journal_id String,
    engine_id String,
    host String,
    pid Int64,
    program_version String,
    started_us Int64,
    process_start Nullable(Int64),
    pid_namespace Nullable(String),
    boot_id Nullable(String)
) ENGINE = ReplacingMergeTree()
ORDER BY (journal_id, engine_id) /* SHARD BY cityHash64(journal_id) */;

-- Which of these files were applied.
CREATE TABLE IF NOT EXISTS fleet_schema (
    version UInt32,
    name String
) ENGINE = ReplacingMergeTree()
ORDER BY version /* SHARD BY 1 */;
