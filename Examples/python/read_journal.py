#!/usr/bin/env python3
"""Reads a journal of modeljournal in plain Python, while engines write it: the last transitions of a model, and how long
its starts take.

    read_journal.py [--journal PATH] [--lines N] MODEL

It asks the views alone, which are stable, and needs nothing but the standard library. Exit status as modeljournal's:
0 done, 1 no such model, 65 not a journal, 66 no such file, 75 locked, 77 not permitted.
"""
import argparse
import os
import pathlib
import sqlite3
import sys
from contextlib import closing

APPLICATION_ID = 0x4D4A524E  # "MJRN"
KNOWN_SCHEMA = 1
PERCENTILES = (50, 90, 95, 99)


class Refusal(Exception):
    """What is said in one line, and the exit status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def default_path():
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.environ.get("MODELJOURNAL_PATH") or os.path.join(state, "modeljournal", "journal.sqlite")


def open_journal(path):
    """A connection that cannot write: not even SQLite's log is folded in by it."""
    try:
        # Somebody without the right to look into the folder would be told that there is nothing.
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise Refusal(66, "no such journal") from None
    except PermissionError:
        raise Refusal(77, "not permitted; ask as the user who runs the engines") from None
    if os.path.isdir(path):
        raise Refusal(65, "a folder, not a journal")
    # As a URI the path may hold any character; mode=ro never creates a file.
    address = pathlib.Path(path).absolute().as_uri() + "?mode=ro"
    journal = sqlite3.connect(address, uri=True, timeout=5)
    journal.row_factory = sqlite3.Row
    return journal


def schema_version(journal):
    if journal.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise Refusal(65, "not a journal")
    return journal.execute("PRAGMA user_version").fetchone()[0]


def refusal(error, version):
    """SQLite's error in words that say what to do."""
    text = str(error)
    if "locked" in text:
        return Refusal(75, "locked by another program; try again")
    if "unable to open" in text or "readonly" in text:
        return Refusal(77, "it, or its log beside it, cannot be opened; ask as the user who runs the engines")
    if "malformed database schema" in text and sqlite3.sqlite_version_info < (3, 37):
        return Refusal(65, f"needs SQLite 3.37, and this Python has {sqlite3.sqlite_version}")
    if version is not None and version > KNOWN_SCHEMA:
        # The views only grow, so this should not happen before they are given another name.
        return Refusal(65, f"has schema {version}, and this program knows {KNOWN_SCHEMA}: {text}")
    return Refusal(65, text)


def percentile(values, percent):
    """By nearest rank, as modeljournal has it."""
    place = max(1, -(-len(values) * percent // 100))
    return sorted(values)[place - 1]


def duration(milliseconds):
    if milliseconds is None:
        return "–"
    return f"{milliseconds:.1f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def printable(text):
    """What a server wrote may hold what a terminal obeys."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def history(journal, model, lines):
    rows = journal.execute(
        "SELECT at, from_state, to_state, trigger, elapsed_ms, reason, message FROM transitions"
        " WHERE model = ? ORDER BY seq DESC LIMIT ?", (model, lines)).fetchall()
    for row in reversed(rows):
        said = f"  {row['reason']}: {printable(row['message'])}" if row["reason"] else ""
        print(f"{row['at']}  {row['from_state']:>13} → {row['to_state']:<13}  {duration(row['elapsed_ms']):>9}"
              f"  {row['trigger']}{said}")
    return bool(rows)


def startup(journal, model):
    taken = [row["startup_ms"] for row in journal.execute(
        "SELECT startup_ms FROM load_timings WHERE model = ? AND startup_ms IS NOT NULL", (model,))]
    if not taken:
        print(f"\n{model} was never READY")
        return
    figures = [f"p{percent} {duration(percentile(taken, percent))}" for percent in PERCENTILES]
    print(f"\nstart-up of {model}, {len(taken)} times: {', '.join(figures)}, max {duration(max(taken))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--journal", default=default_path(), metavar="PATH")
    parser.add_argument("--lines", type=int, default=20, metavar="N", help="the last N transitions (20)")
    parser.add_argument("model", metavar="MODEL")
    options = parser.parse_args()
    version = None
    try:
        with closing(open_journal(options.journal)) as journal:
            version = schema_version(journal)
            # Both answers are of one moment.
            journal.execute("BEGIN")
            if not history(journal, options.model, options.lines):
                raise Refusal(1, f"knows no model '{options.model}'")
            startup(journal, options.model)
        return 0
    except sqlite3.Error as error:
        found = refusal(error, version)
    except Refusal as error:
        found = error
    print(f"read_journal.py: {options.journal}: {found}", file=sys.stderr)
    return found.status


if __name__ == "__main__":
    sys.exit(main())
