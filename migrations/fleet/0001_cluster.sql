-- The fleet's store on a cluster, first version: what 0001_single.sql makes, on every server, a journal's rows all on one
-- shard and on each of its replicas. `{cluster}` and `{database}` are filled in by the program, `{shard}` and `{replica}`
-- are macros of each server.

CREATE TABLE IF NOT EXISTS transition_local ON CLUSTER {cluster} (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/transition', '{replica}')
PARTITION BY toYYYYMM(toDateTime(intDiv(at_us, 1000000), 'UTC'))
ORDER BY (journal_id, seq);

CREATE TABLE IF NOT EXISTS transition ON CLUSTER {cluster} AS {database}.transition_local
ENGINE = Distributed({cluster}, {database}, transition_local, cityHash64(journal_id));

CREATE TABLE IF NOT EXISTS run_local ON CLUSTER {cluster} (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/run', '{replica}', last_seq)
PARTITION BY toYYYYMM(toDateTime(intDiv(started_us, 1000000), 'UTC'))
ORDER BY (journal_id, first_seq);

CREATE TABLE IF NOT EXISTS run ON CLUSTER {cluster} AS {database}.run_local
ENGINE = Distributed({cluster}, {database}, run_local, cityHash64(journal_id));

-- What runs were started with, without secrets: canonical JSON and its SHA-256.
CREATE TABLE IF NOT EXISTS configuration_local ON CLUSTER {cluster} (
    journal_id String,
    digest String,
    json String
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/configuration', '{replica}')
ORDER BY (journal_id, digest);

CREATE TABLE IF NOT EXISTS configuration ON CLUSTER {cluster} AS {database}.configuration_local
ENGINE = Distributed({cluster}, {database}, configuration_local, cityHash64(journal_id));

CREATE TABLE IF NOT EXISTS engine_local ON CLUSTER {cluster} (
    journal_id String,
    engine_id String,
    host String,
    pid Int64,
    program_version String,
    started_us Int64,
    process_start Nullable(Int64),
    pid_namespace Nullable(String),
    boot_id Nullable(String)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/engine', '{replica}')
ORDER BY (journal_id, engine_id);

CREATE TABLE IF NOT EXISTS engine ON CLUSTER {cluster} AS {database}.engine_local
ENGINE = Distributed({cluster}, {database}, engine_local, cityHash64(journal_id));

-- Which of these files were applied.
CREATE TABLE IF NOT EXISTS fleet_schema_local ON CLUSTER {cluster} (
    version UInt32,
    name String
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/fleet_schema', '{replica}')
ORDER BY version;

CREATE TABLE IF NOT EXISTS fleet_schema ON CLUSTER {cluster} AS {database}.fleet_schema_local
ENGINE = Distributed({cluster}, {database}, fleet_schema_local, 1);
