-- What people ask, as in a journal, with the host and the journal that each row comes from. On a cluster the program makes
-- them on every server, in the place of the comment, and fills in the database, which servers are not told otherwise.

CREATE VIEW IF NOT EXISTS transitions /* ON CLUSTER */ AS
SELECT
    seq,
    concat(replaceOne(toString(toDateTime(intDiv(at_us, 1000000), 'UTC')), ' ', 'T'), '.',
        substring(toString(1000000 + at_us % 1000000), 2), 'Z') AS at,
    model, provider, run_id, attempt, correlation_id, from_state, to_state, trigger, reason, message,
    elapsed_us / 1000 AS elapsed_ms, exit_code, signal, engine_id, pid, host, journal_id
FROM {database}.transition FINAL;

CREATE VIEW IF NOT EXISTS runs /* ON CLUSTER */ AS
SELECT
    run_id, model, provider, version, attempt, correlation_id,
    concat(replaceOne(toString(toDateTime(intDiv(started_us, 1000000), 'UTC')), ' ', 'T'), '.',
        substring(toString(1000000 + started_us % 1000000), 2), 'Z') AS started_at,
    concat(replaceOne(toString(toDateTime(intDiv(ended_us, 1000000), 'UTC')), ' ', 'T'), '.',
        substring(toString(1000000 + ended_us % 1000000), 2), 'Z') AS ended_at,
    state, outcome, startup_us / 1000 AS startup_ms, load_us / 1000 AS load_ms, warmup_us / 1000 AS warmup_ms,
    ready_us / 1000 AS ready_ms, failed_phase, reason, message, exit_code, signal, engine_id, host, wanted,
    configuration_digest, journal_id
FROM {database}.run FINAL;

CREATE VIEW IF NOT EXISTS load_timings /* ON CLUSTER */ AS
SELECT
    run_id, model, provider, version, attempt, correlation_id, started_at, outcome, load_ms, warmup_ms, startup_ms,
    host, journal_id
FROM {database}.runs
WHERE load_ms IS NOT NULL;

CREATE VIEW IF NOT EXISTS failed_warmups /* ON CLUSTER */ AS
SELECT
    run_id, model, provider, attempt, correlation_id, at, trigger, reason, message, elapsed_ms, to_state, exit_code,
    signal, engine_id, host, journal_id
FROM {database}.transitions
WHERE from_state = 'WARMING_UP' AND (to_state = 'ERROR' OR trigger = 'warmup_failed');

CREATE VIEW IF NOT EXISTS configurations /* ON CLUSTER */ AS
SELECT digest, any(json) AS json, count() AS journals
FROM {database}.configuration FINAL
GROUP BY digest;

CREATE VIEW IF NOT EXISTS current_states /* ON CLUSTER */ AS
SELECT
    model, provider, state,
    concat(replaceOne(toString(toDateTime(intDiv(last_at_us, 1000000), 'UTC')), ' ', 'T'), '.',
        substring(toString(1000000 + last_at_us % 1000000), 2), 'Z') AS since,
    run_id, attempt, correlation_id, reason, message, startup_us / 1000 AS startup_ms, engine_id, pid, host,
    concat(replaceOne(toString(toDateTime(intDiv(retry_at_us, 1000000), 'UTC')), ' ', 'T'), '.',
        substring(toString(1000000 + retry_at_us % 1000000), 2), 'Z') AS next_retry_at,
    wanted, journal_id
FROM {database}.run FINAL
WHERE (journal_id, first_seq) GLOBAL IN (
    SELECT journal_id, max(first_seq) FROM {database}.run GROUP BY journal_id, model);

-- Percentiles by nearest rank, as in a journal: the levels lie just below, so that of 100 values p50 is the fiftieth.
CREATE VIEW IF NOT EXISTS startup_stats /* ON CLUSTER */ AS
SELECT
    model, provider, host, count() AS runs, count(startup_us) AS reached_ready, countIf(outcome = 'failed') AS failed,
    countIf(outcome = 'cancelled') AS cancelled, countIf(outcome = 'interrupted') AS interrupted,
    count(startup_us) / (count(startup_us)
        + countIf(startup_us IS NULL AND outcome IN ('failed', 'interrupted'))) AS success_rate,
    count(load_us) AS load_ms_count, avg(load_us) / 1000 AS load_ms_mean, min(load_us) / 1000 AS load_ms_min,
    quantileExact(0.49999999999)(load_us) / 1000 AS load_ms_p50,
    quantileExact(0.89999999999)(load_us) / 1000 AS load_ms_p90,
    quantileExact(0.94999999999)(load_us) / 1000 AS load_ms_p95,
    quantileExact(0.98999999999)(load_us) / 1000 AS load_ms_p99, max(load_us) / 1000 AS load_ms_max,
    count(warmup_us) AS warmup_ms_count, avg(warmup_us) / 1000 AS warmup_ms_mean, min(warmup_us) / 1000 AS warmup_ms_min,
    quantileExact(0.49999999999)(warmup_us) / 1000 AS warmup_ms_p50,
    quantileExact(0.89999999999)(warmup_us) / 1000 AS warmup_ms_p90,
    quantileExact(0.94999999999)(warmup_us) / 1000 AS warmup_ms_p95,
    quantileExact(0.98999999999)(warmup_us) / 1000 AS warmup_ms_p99, max(warmup_us) / 1000 AS warmup_ms_max,
    count(startup_us) AS startup_ms_count, avg(startup_us) / 1000 AS startup_ms_mean,
    min(startup_us) / 1000 AS startup_ms_min, quantileExact(0.49999999999)(startup_us) / 1000 AS startup_ms_p50,
    quantileExact(0.89999999999)(startup_us) / 1000 AS startup_ms_p90,
    quantileExact(0.94999999999)(startup_us) / 1000 AS startup_ms_p95,
    quantileExact(0.98999999999)(startup_us) / 1000 AS startup_ms_p99, max(startup_us) / 1000 AS startup_ms_max
FROM {database}.run FINAL
GROUP BY model, provider, host;
