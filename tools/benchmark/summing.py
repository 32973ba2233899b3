"""What statistics cost: against DuckDB on the same runs in a table of its own, and against a journal a hundred times
smaller."""
import importlib.util
import os
import subprocess
import sys

from benchmark import programs
from benchmark.table import medians

ROUNDS = 9
COLUMNS = "model, provider, outcome, reason, message, started_us, ended_us, load_us, warmup_us, startup_us"
QUERY = """
SELECT model, provider, count(*), count(startup_us), count(*) FILTER (outcome = 'failed'),
    count(*) FILTER (outcome = 'cancelled'), count(*) FILTER (outcome = 'interrupted'), {phases}
FROM runs {where} GROUP BY model, provider ORDER BY model, provider;
SELECT model, provider, reason, count(*), max(ended_us), arg_max(message, ended_us)
FROM runs {where_failed} GROUP BY model, provider, reason ORDER BY ALL;
"""


def python(folder):
    """A Python that has DuckDB, from PyPI; None where it cannot be had."""
    if importlib.util.find_spec("duckdb"):
        return sys.executable
    place = os.path.join(folder, "duckdb")
    interpreter = os.path.join(place, "bin", "python")
    if not os.path.exists(interpreter):
        try:
            subprocess.run([sys.executable, "-m", "venv", place], check=True, capture_output=True)
            subprocess.run([interpreter, "-m", "pip", "install", "-q", "duckdb"], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            return None
    return interpreter


def table_of(journal, interpreter):
    """The runs of a journal in DuckDB's own format, made once."""
    path = journal + ".duckdb"
    if os.path.exists(path):
        return path
    made = path + ".unfinished"
    if os.path.exists(made):
        os.remove(made)
    rows = subprocess.Popen(
        ["sqlite3", "-readonly", "-csv", journal, f"SELECT {COLUMNS} FROM run_rows"], stdout=subprocess.PIPE)
    types = ", ".join(f"'{name}': '{'BIGINT' if name.endswith('_us') else 'VARCHAR'}'" for name in COLUMNS.split(", "))
    script = (f"import duckdb; d = duckdb.connect({made!r}); "
              f"d.execute(\"\"\"CREATE TABLE runs AS SELECT * FROM read_csv('/dev/stdin', header=false, "
              f"columns={{{types}}})\"\"\"); d.close()")
    subprocess.run([interpreter, "-c", script], stdin=rows.stdout, check=True)
    if rows.wait() != 0:
        raise SystemExit("sqlite3 could not read the journal")
    os.rename(made, path)
    return path


def duckdb(interpreter, path, since=None, until=None):
    """The command that answers as `stats` does: in DuckDB's process, but for what Python takes to start."""
    window = " AND ".join(([f"started_us >= {since}"] if since else []) + ([f"started_us < {until}"] if until else []))
    phases = ", ".join(
        f"count({c}), avg({c}), min({c}), max({c}), quantile_disc({c}, [0.5, 0.9, 0.95, 0.99])"
        for c in ("load_us", "warmup_us", "startup_us"))
    failed = "WHERE outcome IN ('failed', 'interrupted')" + (f" AND {window}" if window else "")
    query = QUERY.format(phases=phases, where=f"WHERE {window}" if window else "", where_failed=failed)
    # Opening and asking alone are timed: Python's own start is no part of DuckDB.
    script = ("import time, duckdb\n"
              "begun = time.perf_counter()\n"
              f"d = duckdb.connect({path!r}, read_only=True)\n"
              f"for q in {query!r}.split(';')[:2]: d.execute(q).fetchall()\n"
              "print((time.perf_counter() - begun) * 1000)")
    return [interpreter, "-c", script]


def run(table, folder, large, small):
    program = programs.program()
    interpreter = python(folder)
    for name, window, bounds in (
            ("stats", [], (None, None)),
            ("stats of a quarter", ["--since", "2026-03-01Z", "--until", "2026-06-01Z"],
             (1772323200000000, 1780272000000000))):
        window = [w.replace("Z", "T00:00:00Z") for w in window]
        ours, few = medians([[program, "stats", *window, "--journal", large],
                             [program, "stats", *window, "--journal", small]], ROUNDS)
        table.add(name, ours, few, "a hundred thousand", (2, False))
        if interpreter is None:
            print("    DuckDB cannot be had here")
            continue
        command = duckdb(interpreter, table_of(large, interpreter), *bounds)
        times = []
        for _ in range(ROUNDS + 1):
            again, = medians([[program, "stats", *window, "--journal", large]], 1)
            times.append((again, float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)))
        times = times[1:]
        middle = len(times) // 2
        table.add(name, sorted(t[0] for t in times)[middle], sorted(t[1] for t in times)[middle],
                  "DuckDB's native table, in its process", (1, False))
