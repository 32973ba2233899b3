"""What an answer costs, whole process: against the sqlite3 program with equivalent SQL, and against its own time
on a small journal."""
import hashlib
import os
import sqlite3
import subprocess
import time

from benchmark import programs
from benchmark.table import medians, seconds

ROUNDS = 15


def questions(path):
    """name, the program's arguments, the SQL that answers the same"""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    run, correlation = database.execute(
        "SELECT run_id, correlation_id FROM run ORDER BY id DESC LIMIT 1 OFFSET 100").fetchone()
    database.close()
    last_failed = "SELECT id FROM run_rows WHERE outcome IN ('failed', 'interrupted') ORDER BY id DESC LIMIT 1"
    return [
        ("history -n 20", ["history", "-n", "20"], "SELECT * FROM transitions ORDER BY seq DESC LIMIT 20"),
        ("history --correlation-id", ["history", "--correlation-id", correlation],
         f"SELECT * FROM transitions WHERE correlation_id = '{correlation}' ORDER BY seq"),
        ("show RUN", ["show", run],
         f"SELECT * FROM runs WHERE run_id = '{run}'; SELECT * FROM transitions WHERE run_id = '{run}' ORDER BY seq"),
        ("status", ["status"], "SELECT * FROM current_states"),
        ("postmortem", ["postmortem"],
         f"SELECT * FROM run_rows WHERE id = ({last_failed}); "
         f"SELECT * FROM transition_rows WHERE run = ({last_failed}) ORDER BY seq"),
    ]


def run(table, large, small):
    program = programs.program()
    first = sorted(first_byte([program, "history", "-n", "20", "--journal", large]) for _ in range(2 * ROUNDS))
    table.add("process start to first byte (history -n 20)", first[ROUNDS], None, "", (10, False))
    few = {name: arguments for name, arguments, _ in questions(small)}
    for name, arguments, sql in questions(large):
        # `status` says with 1 that not all models are READY.
        ours, small_time, floor = medians(
            [[program, *arguments, "--journal", large], [program, *few[name], "--journal", small],
             ["sqlite3", "-readonly", large, sql]], ROUNDS, status=(0, 1))
        table.add(name, ours, floor, "sqlite3", (1.5, False))
        table.add(name, ours, small_time, "ten thousand rows", (1.2, False))


def first_byte(command):
    """Milliseconds from the start of the process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    os.read(process.stdout.fileno(), 1)
    elapsed = time.perf_counter() - begun
    process.stdout.read()
    process.wait()
    return elapsed * 1000


def growth(sizes):
    """Milliseconds of each answer at each size: [(name, [time, …])], sizes: [(transitions, journal)]."""
    program = programs.program()
    commands = [("history -n 20", ["history", "-n", "20"]), ("status", ["status"]), ("postmortem", ["postmortem"]),
                ("stats", ["stats"]),
                ("stats --since 2026-06-01", ["stats", "--since", "2026-06-01"]),
                ("history --since … --until … (a day)",
                 ["history", "--since", "2026-06-01", "--until", "2026-06-02", "-n", "20"])]
    return [(name, medians([[program, *arguments, "--journal", path] for _, path in sizes], 7, status=(0, 1)))
            for name, arguments in commands]


def verify(table, path):
    ours = seconds([programs.program(), "verify", "--journal", path])
    begun = time.perf_counter()
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    hashing = time.perf_counter() - begun
    check = seconds(["sqlite3", "-readonly", path, "PRAGMA integrity_check"])
    table.add("verify", ours, hashing + check, "SHA-256 and integrity_check", (2, False), "s")
