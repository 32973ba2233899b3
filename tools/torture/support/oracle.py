"""What has to be true of a journal after anything: all that was acknowledged is there, each model's rows are one
unbroken legal path, and the chain is whole.

Rows are read with SQLite alone, and the rules are written down here once more, so that a mistake in the program is not
repeated by what judges it.
"""
import sqlite3
import subprocess

from . import programs

IN_FLIGHT = {"LOADING", "WARMING_UP", "READY", "UNLOADING"}
MOVES = (
    {(old, "LOADING") for old in ("UNINITIALIZED", "ERROR")}
    | {("LOADING", "WARMING_UP"), ("LOADING", "READY"), ("WARMING_UP", "READY")}
    | {(old, "ERROR") for old in ("LOADING", "WARMING_UP", "READY", "UNLOADING")}
    | {(old, "UNLOADING") for old in ("LOADING", "WARMING_UP", "READY", "ERROR")}
    | {("UNLOADING", "UNINITIALIZED")}
)


def rows(path):
    """(seq, model, run ID, ordinal, from, trigger, to) of every transition, in their order."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return database.execute(
            "SELECT seq, model, run_id, ordinal, from_state, trigger, to_state FROM transition_rows ORDER BY seq"
        ).fetchall()
    finally:
        database.close()


def missing(stored, acknowledged):
    """What was acknowledged, as (run ID, ordinal, state), and is not there."""
    return set(acknowledged) - {(run, ordinal, to) for _, _, run, ordinal, _, _, to in stored}


def broken_paths(stored):
    """One line for each row that does not follow on the one before it."""
    lines = []
    last_seq = 0
    at = {}
    for seq, model, run, ordinal, old, trigger, new in stored:
        if seq != last_seq + 1:
            lines.append(f"{seq} follows on {last_seq}")
        last_seq = seq
        state, last_run, last_ordinal = at.get(model, ("UNINITIALIZED", None, 0))
        if old != state:
            lines.append(f"{seq}: {model} moves from {old}, but was {state}")
        if (old, new) not in MOVES or (trigger == "recovered") and old not in IN_FLIGHT:
            lines.append(f"{seq}: {model} moves from {old} to {new} by {trigger}")
        if (run, ordinal) != (last_run, last_ordinal + 1) and (new != "LOADING" or ordinal != 1):
            lines.append(f"{seq}: number {ordinal} of run {run}, after {last_ordinal} of {last_run}")
        at[model] = (new, run, ordinal)
    return lines


def verify(path):
    """What `modeljournal verify` finds; empty where all is well."""
    answer = programs.ask(["verify", "--journal", path])
    return [] if answer.returncode == 0 else [f"verify ended with {answer.returncode}: {answer.stdout}{answer.stderr}"]


def faults(path, acknowledged=(), chain=True):
    """Everything that is wrong, a line each.

    chain: whether `verify` is asked, too, which takes longer than the rest.
    """
    stored = rows(path)
    lost = [f"acknowledged and not stored: {row}" for row in sorted(missing(stored, acknowledged))]
    return lost + broken_paths(stored) + (verify(path) if chain else [])
