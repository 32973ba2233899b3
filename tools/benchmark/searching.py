"""What it costs to find one request among millions: against jq over JSON lines, and journald's own format."""
import os
import shutil
import sqlite3
import subprocess

from benchmark import programs
from benchmark.table import medians, seconds

LINES = 1_000_000


def run(table, folder, journal):
    program = programs.program()
    database = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    correlation, = database.execute(
        "SELECT correlation_id FROM transitions WHERE seq = ?", (LINES // 2,)).fetchone()
    database.close()
    command = [program, "history", "--correlation-id", correlation, "-o", "ndjson", "--journal", journal]
    if shutil.which("jq"):
        lines = os.path.join(folder, f"{LINES}.ndjson")
        if not os.path.exists(lines):
            with open(lines + ".unfinished", "wb") as file:
                export(program, journal, file)
            os.rename(lines + ".unfinished", lines)
        ours, = medians([command], 9)
        peer = seconds(["jq", "-c", f'select(.correlation_id == "{correlation}")', lines]) * 1000
        table.add("one request of ten million", ours, peer, f"jq over {LINES:,} JSON lines", (1, False))
    else:
        print("    jq is not installed")
    remote = "/lib/systemd/systemd-journal-remote"
    if shutil.which("journalctl") and os.path.exists(remote):
        place = os.path.join(folder, "journald.journal")
        if not os.path.exists(place):
            fill(remote, journal, place)
        ours, peer = medians(
            [command, ["journalctl", "--file", place, "-o", "json", f"CORRELATION_ID={correlation}"]], 9)
        table.add("one request of ten million", ours, peer, f"journalctl over {LINES // 10:,} entries", (1, False))
    else:
        print("    systemd-journal-remote is not installed")


def export(program, journal, file):
    """The first so many transitions as JSON lines."""
    process = subprocess.Popen([program, "export", "--journal", journal], stdout=subprocess.PIPE)
    for _, line in zip(range(LINES), process.stdout):
        file.write(line)
    process.stdout.close()
    process.wait()


def fill(remote, journal, place):
    """The same events around the one that is looked for, as journald keeps them."""
    database = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    rows = database.execute(
        "SELECT seq, at_us, model, run_id, correlation_id, from_state, to_state, trigger FROM transition_rows "
        "WHERE seq > ? AND seq <= ?", (LINES // 2 - LINES // 20, LINES // 2 + LINES // 20))
    # By its name the program tells a file from a folder.
    unfinished = os.path.join(os.path.dirname(place), "unfinished.journal")
    if os.path.exists(unfinished):
        os.remove(unfinished)
    process = subprocess.Popen([remote, "--output", unfinished, "-"], stdin=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    for seq, at, model, run, correlation, before, after, trigger in rows:
        process.stdin.write(
            f"__REALTIME_TIMESTAMP={at}\n__MONOTONIC_TIMESTAMP={seq}\n_BOOT_ID={'0' * 31}1\n"
            f"MESSAGE={before} to {after} by {trigger}\nMODEL={model}\nRUN_ID={run}\n"
            f"CORRELATION_ID={correlation}\n\n".encode())
    process.stdin.close()
    if process.wait() != 0:
        raise SystemExit("systemd-journal-remote could not write its journal")
    os.rename(unfinished, place)
