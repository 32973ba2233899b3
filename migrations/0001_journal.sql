-- The journal, first version.
--
-- What happened stands in tables that only grow, until old runs are pruned: engine, model, configuration,
-- run, transition, server_process, warmup_request. The triggers below refuse an illegal move, a gap that is
-- not marked, a writer that no longer owns the model, and every UPDATE, DELETE and REPLACE but for pruning.
-- run_progress, chain_head, block and start_summary follow from the history, and what does not follow from it
-- is refused there. model_owner and shipment say who drives a model and how far a store is: they are what a
-- program may change at will. People and programs read the views at the end.
--
-- Times are wall time in microseconds since 1970 (…_us), durations monotonic microseconds.

PRAGMA application_id = 0x4D4A524E; -- "MJRN"
PRAGMA user_version = 1;

CREATE TABLE journal_info (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    journal_id TEXT NOT NULL,
    created_us INTEGER NOT NULL CHECK (created_us >= 0),
    -- The damaged journal that was set aside for this one, and what was wrong with it.
    follows TEXT
) STRICT;

-- The end of the chain of hashes: how many transitions there are, and the last one. A tail that was cut off
-- shows here. Before the first transition the hash is that of journal_info.
CREATE TABLE chain_head (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    count INTEGER NOT NULL CHECK (count >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Where whole runs were removed because they were too old: the chain goes on from the last of the rows that were
-- there, as if they still were.
CREATE TABLE prune_anchor (
    first_seq INTEGER PRIMARY KEY CHECK (first_seq > 0),
    last_seq INTEGER NOT NULL UNIQUE CHECK (last_seq >= first_seq),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    pruned_us INTEGER NOT NULL CHECK (pruned_us >= 0)
) STRICT;

-- Has a row only within the transactions that remove old runs; nothing can be removed without.
CREATE TABLE pruning (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1)
) STRICT;

-- Has a row only within the transactions that append what another journal has recorded.
CREATE TABLE importing (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1)
) STRICT;

-- One process that writes, or wrote. The liveness of it is told by its lock file alone; pid, start
-- ticks and boot ID are diagnostics.
CREATE TABLE engine (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    engine_id TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_start INTEGER,
    pid_namespace TEXT,
    boot_id TEXT,
    program_version TEXT NOT NULL,
    started_us INTEGER NOT NULL CHECK (started_us >= 0),
    -- SHA-256 of the row's content; every transition that the engine wrote covers it.
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200)
) STRICT;

-- Who drives a model now; engine_id is NULL where nobody does. Each change of hands raises the
-- epoch, so that a writer that was declared dead while it was only stopped cannot append again.
CREATE TABLE model_owner (
    model_id INTEGER PRIMARY KEY REFERENCES model (id),
    engine_id INTEGER REFERENCES engine (id),
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    -- The same once more: a row that changes cannot be in a chain, and damage must show all the same.
    twin TEXT AS (model_id || ' ' || coalesce(engine_id, '-') || ' ' || epoch) STORED
) STRICT;

CREATE INDEX model_owner_by_engine ON model_owner (engine_id);

-- What a run was started with, stored once: the digest is SHA-256 of the canonical JSON.
CREATE TABLE configuration (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
    json TEXT NOT NULL CHECK (json LIKE '{%}')
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    model_id INTEGER NOT NULL REFERENCES model (id),
    engine_id INTEGER NOT NULL REFERENCES engine (id),
    configuration_id INTEGER NOT NULL REFERENCES configuration (id),
    provider TEXT NOT NULL,
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    correlation_id TEXT NOT NULL CHECK (length(correlation_id) > 0),
    -- The model in whose place this one was loaded.
    wanted TEXT CHECK (length(wanted) > 0)
) STRICT;

CREATE INDEX run_by_correlation_id ON run (correlation_id, id);

CREATE TABLE transition (
    -- No number is given twice: chain_head keeps the last one.
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    run INTEGER NOT NULL REFERENCES run (id),
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    -- The engine that owns the model, which is looked at for every row.
    model_id INTEGER NOT NULL,
    engine_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at_us INTEGER NOT NULL CHECK (at_us >= 0),
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    trigger TEXT NOT NULL,
    reason TEXT,
    message TEXT,
    elapsed_us INTEGER CHECK (elapsed_us >= 0),
    exit_code INTEGER,
    signal INTEGER,
    version TEXT,
    output_tail TEXT,
    -- JSON: what was found at the scene of a failure.
    evidence TEXT CHECK (evidence LIKE '{%}'),
    -- Parts of the time in LOADING: until the provider could begin, to read the model's files for their
    -- digest, and until the model's process existed.
    queue_us INTEGER CHECK (queue_us >= 0),
    digest_us INTEGER CHECK (digest_us >= 0),
    spawn_us INTEGER CHECK (spawn_us >= 0),
    server_pid INTEGER,
    -- The model's files.
    model_bytes INTEGER CHECK (model_bytes >= 0),
    model_modified_us INTEGER,
    model_digest TEXT CHECK (length(model_digest) = 64),
    -- When the next attempt is to begin, where one is planned.
    retry_at_us INTEGER CHECK (retry_at_us IS NULL OR retry_at_us >= 0 AND to_state = 'ERROR'),
    -- How many rows of warmup_request came with this one.
    warmups INTEGER NOT NULL DEFAULT 0 CHECK (warmups = 0 OR warmups > 0 AND from_state = 'WARMING_UP'),
    -- 1 where earlier rows of the model are missing: they were lost, or pruned, before this one was copied here.
    after_gap INTEGER NOT NULL DEFAULT 0 CHECK (after_gap IN (0, 1)),
    -- SHA-256 of the hash before, of this row, and of all that it names: a chain from the journal's first row.
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (run, ordinal)
) STRICT;

-- The process of a run's model, for the engine that finds this one dead: pid, start ticks and boot ID
-- together name a process for good.
CREATE TABLE server_process (
    run INTEGER NOT NULL REFERENCES run (id),
    pid INTEGER NOT NULL CHECK (pid > 0),
    process_start INTEGER,
    boot_id TEXT,
    host TEXT NOT NULL,
    twin TEXT AS (
        run || ' ' || pid || ' ' || coalesce(process_start, '-') || ' ' || coalesce(boot_id, '-') || ' ' || host
    ) STORED,
    PRIMARY KEY (run, pid)
) STRICT, WITHOUT ROWID;

CREATE TABLE warmup_request (
    run INTEGER NOT NULL REFERENCES run (id),
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    elapsed_us INTEGER NOT NULL CHECK (elapsed_us >= 0),
    error TEXT,
    PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;

-- The summary of each run, kept by a trigger; it can be computed anew from transition.
CREATE TABLE run_progress (
    run INTEGER PRIMARY KEY REFERENCES run (id),
    model_id INTEGER NOT NULL REFERENCES model (id),
    state TEXT NOT NULL,
    in_flight INTEGER NOT NULL CHECK (in_flight = (state NOT IN ('UNINITIALIZED', 'ERROR'))),
    outcome TEXT NOT NULL,
    -- The run's last transition, and the one that ended it: the first into ERROR or UNINITIALIZED.
    last_seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    end_seq INTEGER,
    started_us INTEGER NOT NULL,
    ended_us INTEGER,
    queue_us INTEGER,
    digest_us INTEGER,
    spawn_us INTEGER,
    load_us INTEGER,
    warmup_us INTEGER,
    startup_us INTEGER,
    ready_us INTEGER,
    failed_phase TEXT,
    reason_seq INTEGER,
    load_seq INTEGER,
    version TEXT
) STRICT;

-- A model has one run after the other, so the rows of the last of them are the model's last rows.
CREATE INDEX run_progress_by_model ON run_progress (model_id, run);
CREATE UNIQUE INDEX one_live_run_per_model ON run_progress (model_id) WHERE in_flight = 1;

-- How far a store of many journals has got this one: nothing behind that is pruned unless somebody insists. The hash is
-- the chain's at that transition; where the store has another one, two journals have one ID.
CREATE TABLE shipment (
    store TEXT PRIMARY KEY CHECK (length(store) > 0),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    shipped_us INTEGER NOT NULL CHECK (shipped_us >= 0),
    twin TEXT AS (store || ' ' || seq || ' ' || hex(hash) || ' ' || shipped_us) STORED
) STRICT, WITHOUT ROWID;

-- Transitions by the thousand: the one with seq 1 and the 2047 after it are block 0 of level 0; 16 blocks are one of the
-- next level. A row here says that the sums over a block are complete: it and they follow from the history, and are
-- written by an engine some time after the block's last transition. Where they are missing, whoever needs them reads the
-- transitions.
CREATE TABLE block (
    level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 8),
    number INTEGER NOT NULL CHECK (number >= 0),
    -- The earliest and the latest time of its transitions, and the latest run that they belong to; NULL where all
    -- of them were pruned.
    first_us INTEGER CHECK (first_us >= 0),
    last_us INTEGER CHECK (last_us >= first_us),
    last_run INTEGER,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

-- The runs of one model, provider and version that a block's transitions have ended, added up. Durations are sorted and
-- packed; DurationDigest in the program says how. Of the failures it is the reasons, with the count, the time and the
-- transition of the last one.
CREATE TABLE start_summary (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    model_id INTEGER NOT NULL REFERENCES model (id),
    provider TEXT NOT NULL,
    version TEXT,
    first_started_us INTEGER NOT NULL,
    last_started_us INTEGER NOT NULL CHECK (last_started_us >= first_started_us),
    runs INTEGER NOT NULL CHECK (runs > 0),
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    interrupted INTEGER NOT NULL,
    -- Failed or interrupted before READY.
    failed_starts INTEGER NOT NULL,
    failures BLOB,
    queue BLOB,
    digest BLOB,
    spawn BLOB,
    load BLOB,
    warmup BLOB,
    startup BLOB
) STRICT;

CREATE INDEX start_summary_by_block ON start_summary (level, number, model_id);

-- The state machine. A test compares it with the table in the code.
CREATE TABLE legal_move (
    from_state TEXT NOT NULL,
    trigger TEXT NOT NULL,
    to_state TEXT NOT NULL,
    PRIMARY KEY (from_state, trigger, to_state)
) STRICT, WITHOUT ROWID;

INSERT INTO legal_move (from_state, trigger, to_state) VALUES
    ('UNINITIALIZED', 'initialize', 'LOADING'),
    ('ERROR', 'initialize', 'LOADING'),
    ('ERROR', 'retry', 'LOADING'),
    ('UNINITIALIZED', 'resume', 'LOADING'),
    ('ERROR', 'resume', 'LOADING'),
    ('UNINITIALIZED', 'fallback', 'LOADING'),
    ('ERROR', 'fallback', 'LOADING'),
    ('LOADING', 'loaded', 'WARMING_UP'),
    ('LOADING', 'loaded', 'READY'),
    ('WARMING_UP', 'warmed', 'READY'),
    ('WARMING_UP', 'warmup_failed', 'READY'),
    ('WARMING_UP', 'warmup_failed', 'ERROR'),
    ('LOADING', 'load_failed', 'ERROR'),
    ('LOADING', 'deadline', 'ERROR'),
    ('WARMING_UP', 'deadline', 'ERROR'),
    ('LOADING', 'stalled', 'ERROR'),
    ('LOADING', 'provider_exited', 'ERROR'),
    ('WARMING_UP', 'provider_exited', 'ERROR'),
    ('READY', 'provider_exited', 'ERROR'),
    ('READY', 'provider_unhealthy', 'ERROR'),
    ('LOADING', 'unload', 'UNLOADING'),
    ('WARMING_UP', 'unload', 'UNLOADING'),
    ('READY', 'unload', 'UNLOADING'),
    ('ERROR', 'unload', 'UNLOADING'),
    ('UNLOADING', 'unloaded', 'UNINITIALIZED'),
    ('UNLOADING', 'unload_failed', 'ERROR'),
    ('LOADING', 'recovered', 'ERROR'),
    ('WARMING_UP', 'recovered', 'ERROR'),
    ('READY', 'recovered', 'ERROR'),
    ('UNLOADING', 'recovered', 'UNINITIALIZED');

-- What the database itself refuses ------------------------------------------------------------

-- NEW.seq is -1 here where SQLite is to choose it, which it is not: the number is part of what the row's
-- hash covers. Every row is at least one behind the last one of its run, so that none is there already: INSERT OR
-- REPLACE would otherwise delete it without firing a DELETE trigger. All that is to be known is looked up once, as this
-- runs for every row.
CREATE TRIGGER transition_is_appended BEFORE INSERT ON transition
BEGIN
    SELECT RAISE(ABORT, 'modeljournal: the chain has no end') WHERE NOT EXISTS (SELECT 1 FROM chain_head);
    SELECT CASE
        WHEN NEW.seq <= h.seq THEN RAISE(ABORT, 'modeljournal: history is append-only')
        WHEN o.epoch IS NULL THEN RAISE(ABORT, 'modeljournal: fenced, another engine drives this model')
        WHEN NEW.run = last.run AND NEW.ordinal <= last.ordinal
            THEN RAISE(ABORT, 'modeljournal: history is append-only')
        WHEN legal.to_state IS NULL THEN RAISE(ABORT, 'modeljournal: illegal move')
        WHEN NEW.after_gap THEN CASE
            WHEN NOT EXISTS (SELECT 1 FROM importing)
                THEN RAISE(ABORT, 'modeljournal: only an import may leave a gap')
            WHEN EXISTS (SELECT 1 FROM transition WHERE run = NEW.run AND ordinal = NEW.ordinal)
                THEN RAISE(ABORT, 'modeljournal: history is append-only')
            WHEN NEW.model_id IS NOT (SELECT model_id FROM run WHERE id = NEW.run)
                THEN RAISE(ABORT, 'modeljournal: the run belongs to another model')
            WHEN iif(NEW.to_state = 'LOADING', NEW.ordinal <> 1,
                NEW.ordinal <= coalesce((SELECT max(ordinal) FROM transition WHERE run = NEW.run), 0))
                THEN RAISE(ABORT, 'modeljournal: a run starts in LOADING and has no gap')
            WHEN NEW.run < last.run THEN RAISE(ABORT, 'modeljournal: a later run of the model has begun')
            END
        WHEN NEW.from_state <> coalesce(last.state, 'UNINITIALIZED')
            THEN RAISE(ABORT, 'modeljournal: from_state is not the last to_state of the model')
        WHEN NEW.run IS NOT last.run AND NEW.model_id IS NOT (SELECT model_id FROM run WHERE id = NEW.run)
            THEN RAISE(ABORT, 'modeljournal: the run belongs to another model')
        WHEN NEW.run < last.run THEN RAISE(ABORT, 'modeljournal: a later run of the model has begun')
        WHEN (NEW.to_state = 'LOADING') <> (NEW.ordinal = 1)
            OR NEW.ordinal <> iif(NEW.run IS last.run, last.ordinal, 0) + 1
            THEN RAISE(ABORT, 'modeljournal: a run starts in LOADING and has no gap')
        END
    FROM chain_head AS h
    LEFT JOIN model_owner AS o ON o.model_id = NEW.model_id AND o.engine_id = NEW.engine_id AND o.epoch = NEW.epoch
    LEFT JOIN run_progress AS last ON last.run = (SELECT max(run) FROM run_progress WHERE model_id = NEW.model_id)
    LEFT JOIN legal_move AS legal
        ON legal.from_state = NEW.from_state AND legal.trigger = NEW.trigger AND legal.to_state = NEW.to_state;
    SELECT RAISE(ABORT, 'modeljournal: the number does not follow on the last one')
    WHERE NEW.seq <> (SELECT seq + 1 FROM chain_head);
END;

-- What follows from each transition. What a run is comes in three parts, since an index is written anew whenever a column
-- that it names is set, changed or not. No statement needs a temporary table, which would cost more than all else.
--
-- The run begins.
CREATE TRIGGER transition_begins_a_run AFTER INSERT ON transition WHEN NEW.ordinal = 1
BEGIN
    UPDATE chain_head SET count = count + 1, seq = NEW.seq, hash = NEW.hash WHERE only_row = 1;
    INSERT INTO run_progress (run, model_id, state, in_flight, outcome, last_seq, ordinal, started_us, version)
    VALUES (NEW.run, NEW.model_id, NEW.to_state, 1, 'in_progress', NEW.seq, 1, NEW.at_us, NEW.version);
END;

-- Its first row that is not missing: what the run was is taken from the state that it leaves here.
CREATE TRIGGER transition_begins_after_a_gap BEFORE INSERT ON transition
WHEN NEW.after_gap AND NEW.ordinal > 1 AND NOT EXISTS (SELECT 1 FROM run_progress WHERE run = NEW.run)
BEGIN
    INSERT INTO run_progress (run, model_id, state, in_flight, outcome, last_seq, ordinal, started_us)
    VALUES (
        NEW.run, NEW.model_id, NEW.from_state, NEW.from_state NOT IN ('UNINITIALIZED', 'ERROR'),
        CASE NEW.from_state WHEN 'READY' THEN 'ready' WHEN 'ERROR' THEN 'failed' ELSE 'in_progress' END,
        0, 0, NEW.at_us);
END;

-- It goes on, in flight before and after.
CREATE TRIGGER transition_continues_a_run AFTER INSERT ON transition
WHEN NEW.ordinal > 1 AND NEW.from_state <> 'ERROR' AND NEW.to_state NOT IN ('ERROR', 'UNINITIALIZED')
BEGIN
    UPDATE chain_head SET count = count + 1, seq = NEW.seq, hash = NEW.hash WHERE only_row = 1;
    UPDATE run_progress SET
        state = NEW.to_state,
        last_seq = NEW.seq,
        ordinal = NEW.ordinal,
        outcome = CASE NEW.to_state
            WHEN 'READY' THEN 'ready'
            WHEN 'UNLOADING' THEN iif(NEW.from_state = 'READY', 'in_progress', 'cancelled')
            ELSE 'in_progress' END,
        queue_us = coalesce(NEW.queue_us, queue_us),
        digest_us = coalesce(NEW.digest_us, digest_us),
        spawn_us = coalesce(NEW.spawn_us, spawn_us),
        load_seq = iif(NEW.from_state = 'LOADING', NEW.seq, load_seq),
        load_us = iif(NEW.trigger = 'loaded', NEW.elapsed_us, load_us),
        warmup_us = iif(NEW.trigger = 'warmed', NEW.elapsed_us, warmup_us),
        startup_us = CASE
            WHEN NEW.to_state <> 'READY' THEN startup_us
            WHEN NEW.from_state = 'LOADING' THEN NEW.elapsed_us
            ELSE load_us + NEW.elapsed_us END,
        ready_us = iif(NEW.from_state = 'READY', NEW.elapsed_us, ready_us),
        reason_seq = CASE
            WHEN NEW.reason IS NULL OR outcome IN ('failed', 'interrupted', 'cancelled') THEN reason_seq
            ELSE NEW.seq END,
        version = coalesce(NEW.version, version)
    WHERE run = NEW.run;
END;

-- It ends, or what is left of it after an error is unloaded.
CREATE TRIGGER transition_ends_a_run AFTER INSERT ON transition
WHEN NEW.ordinal > 1 AND (NEW.from_state = 'ERROR' OR NEW.to_state IN ('ERROR', 'UNINITIALIZED'))
BEGIN
    UPDATE chain_head SET count = count + 1, seq = NEW.seq, hash = NEW.hash WHERE only_row = 1;
    UPDATE run_progress SET
        state = NEW.to_state,
        in_flight = NEW.to_state = 'UNLOADING',
        last_seq = NEW.seq,
        ordinal = NEW.ordinal,
        outcome = CASE
            WHEN NEW.to_state = 'UNLOADING' OR outcome IN ('failed', 'interrupted') THEN outcome
            WHEN NEW.to_state = 'ERROR' THEN iif(NEW.trigger = 'recovered', 'interrupted', 'failed')
            WHEN outcome <> 'in_progress' THEN outcome
            ELSE iif(NEW.trigger = 'recovered', 'interrupted', 'unloaded') END,
        ended_us = iif(NEW.to_state = 'UNLOADING', ended_us, coalesce(ended_us, NEW.at_us)),
        end_seq = iif(NEW.to_state = 'UNLOADING', end_seq, coalesce(end_seq, NEW.seq)),
        -- What has ended stays as it was: the sums over it are not computed anew.
        queue_us = coalesce(iif(end_seq IS NULL, NEW.queue_us, NULL), queue_us),
        digest_us = coalesce(iif(end_seq IS NULL, NEW.digest_us, NULL), digest_us),
        spawn_us = coalesce(iif(end_seq IS NULL, NEW.spawn_us, NULL), spawn_us),
        load_seq = iif(NEW.from_state = 'LOADING', NEW.seq, load_seq),
        ready_us = iif(NEW.from_state = 'READY', NEW.elapsed_us, ready_us),
        failed_phase = CASE
            WHEN outcome IN ('failed', 'interrupted') THEN failed_phase
            WHEN NEW.to_state = 'ERROR' OR NEW.trigger = 'recovered' AND outcome = 'in_progress' THEN NEW.from_state
            ELSE failed_phase END,
        reason_seq = CASE
            WHEN NEW.reason IS NULL OR outcome IN ('failed', 'interrupted') THEN reason_seq
            WHEN outcome = 'cancelled' AND NEW.to_state <> 'ERROR' THEN reason_seq
            ELSE NEW.seq END,
        version = coalesce(iif(end_seq IS NULL, NEW.version, NULL), version)
    WHERE run = NEW.run;
END;

-- Each of these changes happens once for a transition, in the statement that appends it: whoever comes later finds the
-- summary at the run's last transition already.
CREATE TRIGGER run_progress_begins_with_its_run BEFORE INSERT ON run_progress
WHEN EXISTS (SELECT 1 FROM run_progress WHERE run = NEW.run)
    OR NOT iif(NEW.last_seq = 0, EXISTS (SELECT 1 FROM importing),
        EXISTS (SELECT 1 FROM transition WHERE seq = NEW.last_seq AND run = NEW.run AND ordinal = 1))
BEGIN SELECT RAISE(ABORT, 'modeljournal: run_progress follows from the history'); END;
CREATE TRIGGER run_progress_follows_its_run BEFORE UPDATE ON run_progress
WHEN NEW.run <> OLD.run OR NEW.model_id <> OLD.model_id OR NEW.started_us <> OLD.started_us
    OR NEW.last_seq <= OLD.last_seq
    OR NOT EXISTS (
        SELECT 1 FROM transition WHERE seq = NEW.last_seq AND run = NEW.run AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'modeljournal: run_progress follows from the history'); END;
CREATE TRIGGER run_progress_is_not_deleted BEFORE DELETE ON run_progress
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: run_progress follows from the history'); END;

-- A block is sealed by its row, and counts nothing that is still to come.
CREATE TRIGGER block_is_complete BEFORE INSERT ON block
WHEN EXISTS (SELECT 1 FROM block WHERE level = NEW.level AND number = NEW.number)
    OR (SELECT seq FROM chain_head) < (NEW.number + 1) << (11 + 4 * NEW.level)
BEGIN SELECT RAISE(ABORT, 'modeljournal: block follows from the history'); END;
CREATE TRIGGER block_is_not_changed BEFORE UPDATE ON block
BEGIN SELECT RAISE(ABORT, 'modeljournal: block follows from the history'); END;
CREATE TRIGGER block_is_not_deleted BEFORE DELETE ON block
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: block follows from the history'); END;
CREATE TRIGGER start_summary_comes_before_its_block BEFORE INSERT ON start_summary
WHEN EXISTS (SELECT 1 FROM block WHERE level = NEW.level AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'modeljournal: start_summary follows from the history'); END;
CREATE TRIGGER start_summary_is_not_changed BEFORE UPDATE ON start_summary
BEGIN SELECT RAISE(ABORT, 'modeljournal: start_summary follows from the history'); END;
CREATE TRIGGER start_summary_is_not_deleted BEFORE DELETE ON start_summary
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: start_summary follows from the history'); END;

CREATE TRIGGER chain_head_begins_once BEFORE INSERT ON chain_head
WHEN EXISTS (SELECT 1 FROM chain_head)
BEGIN SELECT RAISE(ABORT, 'modeljournal: chain_head follows from the history'); END;
CREATE TRIGGER chain_head_follows_the_chain BEFORE UPDATE ON chain_head
WHEN NEW.only_row <> OLD.only_row OR NEW.count <> OLD.count + 1 OR NEW.seq <> OLD.seq + 1
    OR NOT EXISTS (SELECT 1 FROM transition WHERE seq = NEW.seq AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'modeljournal: chain_head follows from the history'); END;
CREATE TRIGGER chain_head_is_not_deleted BEFORE DELETE ON chain_head
BEGIN SELECT RAISE(ABORT, 'modeljournal: chain_head follows from the history'); END;

CREATE TRIGGER prune_anchor_is_set_by_pruning BEFORE INSERT ON prune_anchor
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER prune_anchor_is_not_changed BEFORE UPDATE ON prune_anchor
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER prune_anchor_is_moved_by_pruning BEFORE DELETE ON prune_anchor
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

-- A migration that adds a move drops the first of these and creates it anew.
CREATE TRIGGER legal_move_is_not_added BEFORE INSERT ON legal_move
BEGIN SELECT RAISE(ABORT, 'modeljournal: the state machine is fixed'); END;
CREATE TRIGGER legal_move_is_not_changed BEFORE UPDATE ON legal_move
BEGIN SELECT RAISE(ABORT, 'modeljournal: the state machine is fixed'); END;
CREATE TRIGGER legal_move_is_not_deleted BEFORE DELETE ON legal_move
BEGIN SELECT RAISE(ABORT, 'modeljournal: the state machine is fixed'); END;

CREATE TRIGGER journal_info_is_appended BEFORE INSERT ON journal_info
WHEN EXISTS (SELECT 1 FROM journal_info)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER journal_info_is_not_changed BEFORE UPDATE ON journal_info
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER journal_info_is_not_deleted BEFORE DELETE ON journal_info
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER transition_is_not_changed BEFORE UPDATE ON transition
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER transition_is_not_deleted BEFORE DELETE ON transition
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER run_is_appended BEFORE INSERT ON run
WHEN EXISTS (SELECT 1 FROM run WHERE id = NEW.id OR run_id = NEW.run_id)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER run_is_not_changed BEFORE UPDATE ON run
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER run_is_not_deleted BEFORE DELETE ON run
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER engine_is_appended BEFORE INSERT ON engine
WHEN EXISTS (SELECT 1 FROM engine WHERE id = NEW.id OR engine_id = NEW.engine_id)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER engine_is_not_changed BEFORE UPDATE ON engine
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER engine_is_not_deleted BEFORE DELETE ON engine
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER model_is_appended BEFORE INSERT ON model
WHEN EXISTS (SELECT 1 FROM model WHERE id = NEW.id OR name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER model_is_not_changed BEFORE UPDATE ON model
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER model_is_not_deleted BEFORE DELETE ON model
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER server_process_is_appended BEFORE INSERT ON server_process
WHEN EXISTS (SELECT 1 FROM server_process WHERE run = NEW.run AND pid = NEW.pid)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER server_process_is_not_changed BEFORE UPDATE ON server_process
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER server_process_is_not_deleted BEFORE DELETE ON server_process
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER configuration_is_appended BEFORE INSERT ON configuration
WHEN EXISTS (SELECT 1 FROM configuration WHERE id = NEW.id OR digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER configuration_is_not_changed BEFORE UPDATE ON configuration
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER configuration_is_not_deleted BEFORE DELETE ON configuration
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

-- A run leaves WARMING_UP once, with a transition that says how many requests it brings along.
CREATE TRIGGER warmup_request_is_appended BEFORE INSERT ON warmup_request
WHEN EXISTS (SELECT 1 FROM warmup_request WHERE run = NEW.run AND ordinal = NEW.ordinal)
    OR NOT EXISTS (SELECT 1 FROM transition WHERE run = NEW.run AND warmups >= NEW.ordinal)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER warmup_request_is_not_changed BEFORE UPDATE ON warmup_request
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER warmup_request_is_not_deleted BEFORE DELETE ON warmup_request
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

-- The owner may change hands, but an epoch never goes back.
CREATE TRIGGER model_owner_epoch_grows BEFORE UPDATE ON model_owner
WHEN NEW.model_id <> OLD.model_id OR NEW.epoch < OLD.epoch
    OR (NEW.engine_id IS NOT OLD.engine_id AND NEW.engine_id IS NOT NULL AND NEW.epoch = OLD.epoch)
BEGIN SELECT RAISE(ABORT, 'modeljournal: an epoch never goes back'); END;
CREATE TRIGGER model_owner_is_not_deleted BEFORE DELETE ON model_owner
BEGIN SELECT RAISE(ABORT, 'modeljournal: an epoch never goes back'); END;
CREATE TRIGGER model_owner_is_not_replaced BEFORE INSERT ON model_owner
WHEN EXISTS (SELECT 1 FROM model_owner WHERE model_id = NEW.model_id)
BEGIN SELECT RAISE(ABORT, 'modeljournal: an epoch never goes back'); END;

-- What the program reads: numbers as they are stored --------------------------------------------

CREATE VIEW transition_rows AS
SELECT
    t.seq, t.at_us, m.name AS model, r.provider, r.run_id, r.attempt, r.correlation_id,
    t.from_state, t.to_state, t.trigger, t.reason, t.message, t.elapsed_us, t.exit_code, t.signal,
    e.engine_id, e.pid, e.host, t.run, t.ordinal, t.model_id, t.after_gap
FROM transition AS t
JOIN run AS r ON r.id = t.run
JOIN model AS m ON m.id = t.model_id
JOIN engine AS e ON e.id = t.engine_id;

CREATE VIEW run_rows AS
SELECT
    r.id, r.run_id, m.name AS model, r.provider, p.version, r.attempt, r.correlation_id,
    p.started_us, p.ended_us, p.state, p.outcome, p.startup_us, p.load_us, p.warmup_us, p.ready_us,
    p.failed_phase, why.reason, why.message, why.exit_code, why.signal, e.engine_id, e.pid, e.host,
    r.model_id, r.configuration_id, p.reason_seq, p.last_seq, p.queue_us, p.digest_us, p.spawn_us, why.evidence,
    loaded.server_pid, loaded.model_bytes, loaded.model_modified_us, loaded.model_digest, r.wanted
FROM run AS r
JOIN run_progress AS p ON p.run = r.id
JOIN model AS m ON m.id = r.model_id
JOIN engine AS e ON e.id = r.engine_id
LEFT JOIN transition AS why ON why.seq = p.reason_seq
LEFT JOIN transition AS loaded ON loaded.seq = p.load_seq;

-- The last run of each model.
-- By the model's own number, so that nobody who asks for one looks through its runs.
CREATE VIEW last_runs AS
SELECT m.id AS model_id, p.run, p.last_seq
FROM model AS m
JOIN run_progress AS p ON p.run = (SELECT max(run) FROM run_progress WHERE model_id = m.id);

-- The attempt that a model's engine has planned. Another owner, or the same one after it gave the model
-- back, makes plans of its own.
CREATE VIEW next_retry AS
SELECT t.model_id, t.retry_at_us
FROM model_owner AS o
JOIN last_runs AS l ON l.model_id = o.model_id
JOIN transition AS t ON t.seq = l.last_seq
WHERE t.retry_at_us IS NOT NULL AND t.engine_id = o.engine_id AND t.epoch = o.epoch;

-- What everybody reads: times as RFC 3339 text in UTC, durations in milliseconds -----------------

CREATE VIEW transitions AS
SELECT
    seq,
    strftime('%Y-%m-%dT%H:%M:%S', at_us / 1000000, 'unixepoch') || printf('.%06dZ', at_us % 1000000) AS at,
    model, provider, run_id, attempt, correlation_id, from_state, to_state, trigger, reason, message,
    elapsed_us / 1000.0 AS elapsed_ms, exit_code, signal, engine_id, pid, host
FROM transition_rows;

CREATE VIEW runs AS
SELECT
    run_id, model, provider, version, attempt, correlation_id,
    strftime('%Y-%m-%dT%H:%M:%S', started_us / 1000000, 'unixepoch') || printf('.%06dZ', started_us % 1000000)
        AS started_at,
    strftime('%Y-%m-%dT%H:%M:%S', ended_us / 1000000, 'unixepoch') || printf('.%06dZ', ended_us % 1000000)
        AS ended_at,
    state, outcome, startup_us / 1000.0 AS startup_ms, load_us / 1000.0 AS load_ms,
    warmup_us / 1000.0 AS warmup_ms, ready_us / 1000.0 AS ready_ms,
    failed_phase, reason, message, exit_code, signal, engine_id, host, wanted
FROM run_rows;

-- One row for each run whose model was loaded.
CREATE VIEW load_timings AS
SELECT run_id, model, provider, version, attempt, correlation_id, started_at, outcome, load_ms, warmup_ms, startup_ms
FROM runs
WHERE load_ms IS NOT NULL;

-- One row for each warm-up that failed, also where the policy let the model become READY, and each
-- one that the deadline, a crash or the death of the engine ended.
CREATE VIEW failed_warmups AS
SELECT
    t.run_id, t.model, t.provider, t.attempt, t.correlation_id, t.at, t.trigger, t.reason, t.message, t.elapsed_ms,
    t.to_state, t.exit_code, t.signal, t.engine_id, t.host
FROM transitions AS t
WHERE t.from_state = 'WARMING_UP' AND (t.to_state = 'ERROR' OR t.trigger = 'warmup_failed');

-- One row a model: where it is now, and when its engine will try again, unless that has died.
CREATE VIEW current_states AS
SELECT
    t.model, t.provider, t.to_state AS state, t.at AS since, t.run_id, t.attempt, t.correlation_id,
    r.reason, r.message, r.startup_ms, t.engine_id, t.pid, t.host,
    strftime('%Y-%m-%dT%H:%M:%S', n.retry_at_us / 1000000, 'unixepoch') || printf('.%06dZ', n.retry_at_us % 1000000)
        AS next_retry_at,
    r.wanted
FROM last_runs AS l
JOIN transitions AS t ON t.seq = l.last_seq
JOIN runs AS r ON r.run_id = t.run_id
LEFT JOIN next_retry AS n ON n.model_id = l.model_id;

-- One row for each model and provider: how its starts went; percentiles by nearest rank.
CREATE VIEW startup_stats AS
WITH
phase AS (
    SELECT model, provider, 'load' AS name, load_us AS us FROM run_rows WHERE load_us IS NOT NULL
    UNION ALL
    SELECT model, provider, 'warmup', warmup_us FROM run_rows WHERE warmup_us IS NOT NULL
    UNION ALL
    SELECT model, provider, 'startup', startup_us FROM run_rows WHERE startup_us IS NOT NULL
),
ranked AS (
    SELECT
        model, provider, name, us,
        row_number() OVER (PARTITION BY model, provider, name ORDER BY us) AS place,
        count(*) OVER (PARTITION BY model, provider, name) AS n
    FROM phase
),
figures AS (
    SELECT
        model, provider, name, count(*) AS count, avg(us) / 1000.0 AS mean, min(us) / 1000.0 AS min,
        min(CASE WHEN place * 100 >= n * 50 THEN us END) / 1000.0 AS p50,
        min(CASE WHEN place * 100 >= n * 90 THEN us END) / 1000.0 AS p90,
        min(CASE WHEN place * 100 >= n * 95 THEN us END) / 1000.0 AS p95,
        min(CASE WHEN place * 100 >= n * 99 THEN us END) / 1000.0 AS p99,
        max(us) / 1000.0 AS max
    FROM ranked
    GROUP BY model, provider, name
),
counts AS (
    SELECT
        model, provider, count(*) AS runs, count(startup_us) AS reached_ready,
        sum(outcome = 'failed') AS failed, sum(outcome = 'cancelled') AS cancelled,
        sum(outcome = 'interrupted') AS interrupted,
        sum(startup_us IS NULL AND outcome IN ('failed', 'interrupted')) AS failed_starts
    FROM run_rows
    GROUP BY model, provider
)
SELECT
    c.model, c.provider, c.runs, c.reached_ready, c.failed, c.cancelled, c.interrupted,
    c.reached_ready * 1.0 / nullif(c.reached_ready + c.failed_starts, 0) AS success_rate,
    l.count AS load_ms_count, l.mean AS load_ms_mean, l.min AS load_ms_min, l.p50 AS load_ms_p50,
    l.p90 AS load_ms_p90, l.p95 AS load_ms_p95, l.p99 AS load_ms_p99, l.max AS load_ms_max,
    w.count AS warmup_ms_count, w.mean AS warmup_ms_mean, w.min AS warmup_ms_min, w.p50 AS warmup_ms_p50,
    w.p90 AS warmup_ms_p90, w.p95 AS warmup_ms_p95, w.p99 AS warmup_ms_p99, w.max AS warmup_ms_max,
    s.count AS startup_ms_count, s.mean AS startup_ms_mean, s.min AS startup_ms_min, s.p50 AS startup_ms_p50,
    s.p90 AS startup_ms_p90, s.p95 AS startup_ms_p95, s.p99 AS startup_ms_p99, s.max AS startup_ms_max
FROM counts AS c
LEFT JOIN figures AS l ON l.model = c.model AND l.provider = c.provider AND l.name = 'load'
LEFT JOIN figures AS w ON w.model = c.model AND w.provider = c.provider AND w.name = 'warmup'
LEFT JOIN figures AS s ON s.model = c.model AND s.provider = c.provider AND s.name = 'startup';
