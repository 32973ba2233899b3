"""Opening after a crash, following, memory, and the engine itself."""
import os
import shutil
import statistics
import subprocess
import time

from benchmark import programs


def copy(journal, folder, name):
    """A copy that may be changed; by reflink where the file system has that."""
    path = os.path.join(folder, name)
    programs.remove_journal(path)
    subprocess.run(["cp", "--reflink=auto", journal, path], check=True)
    return path


def recovery(table, folder, journal):
    path = copy(journal, folder, "recovery.sqlite")
    bench = programs.benchmark()

    def opened():
        out = subprocess.run([bench, "open", path], check=True, stdout=subprocess.PIPE).stdout.split()
        return int(out[0]) / 1e6, int(out[1])

    opened()
    table.add("opening, nothing to settle", statistics.median(opened()[0] for _ in range(5)), None, "", (20, False))
    subprocess.run([bench, "dangle", path, "10000"], check=True)
    elapsed, settled = opened()
    if settled != 10_000:
        raise SystemExit(f"{settled} runs were settled, and not 10000")
    table.add("opening, 10,000 runs to settle", elapsed, None, "", (1000, False))
    programs.remove_journal(path)


def follow(table, folder, journal):
    """From the commit to the line, and what waiting costs."""
    path = copy(journal, folder, "follow.sqlite")
    process = subprocess.Popen([programs.program(), "history", "-f", "-n", "1", "-o", "ndjson", "--journal", path],
                               stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        ticks = subprocess.Popen([programs.benchmark(), "tick", path, "200", "17"], stdout=subprocess.PIPE)
        seen = {}
        while len(seen) < 200:
            line = process.stdout.readline()
            now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            # Others are rows of runs that the new engine has settled.
            if b'"model":"ticking-' in line:
                seen.setdefault(line.split(b'"run_id":"')[1].split(b'"')[0], now)
        commits = (line.split() for line in ticks.communicate()[0].splitlines())
        late = [(seen[run] - int(instant)) / 1e6 for run, instant in commits]
        table.add("history -f, a row behind its commit", statistics.median(late), None, "", (50, False))
        begun = used(process.pid)
        time.sleep(20)
        idle = (used(process.pid) - begun) / 20 * 100
        table.add("history -f, processor while idle", idle, None, "", (1, False), "%")
    finally:
        process.terminate()
        process.wait()
        programs.remove_journal(path)


def used(pid):
    """Seconds of processor time so far."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(arguments, limit=None):
    """Megabytes of memory at most, of a whole process."""
    process = subprocess.Popen([programs.program(), *arguments], stdout=subprocess.PIPE)
    begun = time.monotonic()
    while process.stdout.read(1 << 20):
        if limit and time.monotonic() - begun > limit:
            process.terminate()
            break
    process.stdout.close()
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_maxrss / 1024


def memory(table, journal):
    for name, arguments in (
            ("history", ["history"]), ("history -o json", ["history", "-o", "json"]), ("runs", ["runs"]),
            ("runs -o csv", ["runs", "-o", "csv"]), ("export", ["export"]), ("stats", ["stats"]),
            ("stats --outcome unloaded", ["stats", "--outcome", "unloaded"]), ("status", ["status"]),
            ("postmortem", ["postmortem"])):
        table.add(f"memory, {name}", peak([*arguments, "--journal", journal], limit=60), None, "", (64, False), "MB")


def engine(table):
    def figures(*prefix):
        out = subprocess.run([*prefix, programs.benchmark(), "engine"], check=True, stdout=subprocess.PIPE, text=True)
        return {name: float(value) for name, value in (line.split() for line in out.stdout.splitlines())}

    if shutil.which("taskset"):
        # What remains is waking a thread on the other processor, four times.
        table.add("a lifecycle without a journal, one processor", figures("taskset", "-c", "0")["lifecycle_us"], None, "",
                  (25, False), "µs")
    figures = figures()
    table.add("a lifecycle without a journal", figures["lifecycle_us"], None, "", (25, False), "µs")
    table.add("10,000 joiners, the last after READY", figures["joiners_ms"], None, "", (50, False))
    if "rows_share_percent" in figures:
        table.add("three durable rows of a PocketSphinx start", figures["rows_share_percent"], None, "", (1, False), "%")
        print(f"    (a start takes {figures['start_ms']:.0f} ms; journaled against its neighbour "
              f"{figures['neighbours_percent']:+.2f} %)")
    else:
        print("    PocketSphinx is not installed")
