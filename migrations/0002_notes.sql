-- Notes: what became known of a run between two of its transitions, such as its process, what that has written so far,
-- and a worker that was replaced. They are there after the engine was killed, and for runs that end well.
--
-- The notes of a run form a chain of hashes of their own, whose end stands in run_note_head: a note that was changed, or
-- cut off, shows. They only grow, until old runs are pruned.

PRAGMA user_version = 2;

CREATE TABLE run_note (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    -- The ordinal of the run's last transition at that time.
    after_ordinal INTEGER NOT NULL CHECK (after_ordinal >= 0),
    at_us INTEGER NOT NULL CHECK (at_us >= 0),
    kind TEXT NOT NULL CHECK (length(kind) > 0),
    message TEXT,
    -- Whole lines of the output that no earlier note of the run has.
    output TEXT,
    -- JSON: what was known at that time.
    evidence TEXT CHECK (evidence LIKE '{%}'),
    server_pid INTEGER,
    version TEXT,
    -- The model's files.
    model_bytes INTEGER CHECK (model_bytes >= 0),
    model_modified_us INTEGER,
    model_digest TEXT CHECK (length(model_digest) = 64),
    -- SHA-256 of the hash of the run's note before, and of this one.
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (run, ordinal)
) STRICT;

CREATE TABLE run_note_head (
    run INTEGER PRIMARY KEY REFERENCES run (id),
    count INTEGER NOT NULL CHECK (count > 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER note_is_appended BEFORE INSERT ON run_note
WHEN NEW.ordinal <> coalesce((SELECT count FROM run_note_head WHERE run = NEW.run), 0) + 1
    OR EXISTS (SELECT 1 FROM run_note WHERE id = NEW.id OR (run = NEW.run AND ordinal = NEW.ordinal))
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER note_moves_its_head AFTER INSERT ON run_note
BEGIN
    UPDATE run_note_head SET count = NEW.ordinal, hash = NEW.hash WHERE run = NEW.run AND NEW.ordinal > 1;
    INSERT INTO run_note_head (run, count, hash) SELECT NEW.run, 1, NEW.hash WHERE NEW.ordinal = 1;
END;
CREATE TRIGGER note_is_not_changed BEFORE UPDATE ON run_note
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;
CREATE TRIGGER note_is_not_deleted BEFORE DELETE ON run_note
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: history is append-only'); END;

CREATE TRIGGER note_head_begins_with_a_note BEFORE INSERT ON run_note_head
WHEN EXISTS (SELECT 1 FROM run_note_head WHERE run = NEW.run)
    OR NOT EXISTS (SELECT 1 FROM run_note WHERE run = NEW.run AND ordinal = NEW.count AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'modeljournal: run_note_head follows from the notes'); END;
CREATE TRIGGER note_head_follows_the_notes BEFORE UPDATE ON run_note_head
WHEN NEW.run <> OLD.run OR NEW.count <> OLD.count + 1
    OR NOT EXISTS (SELECT 1 FROM run_note WHERE run = NEW.run AND ordinal = NEW.count AND hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'modeljournal: run_note_head follows from the notes'); END;
CREATE TRIGGER note_head_is_not_deleted BEFORE DELETE ON run_note_head
WHEN NOT EXISTS (SELECT 1 FROM pruning)
BEGIN SELECT RAISE(ABORT, 'modeljournal: run_note_head follows from the notes'); END;

CREATE VIEW run_notes AS
SELECT
    r.run_id, m.name AS model, n.ordinal,
    strftime('%Y-%m-%dT%H:%M:%S', n.at_us / 1000000, 'unixepoch') || printf('.%06dZ', n.at_us % 1000000) AS at,
    n.kind, n.message, n.output, n.evidence, n.server_pid, n.version, r.correlation_id
FROM run_note AS n
JOIN run AS r ON r.id = n.run
JOIN model AS m ON m.id = r.model_id;
