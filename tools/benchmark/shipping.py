"""What a store of many journals costs: rows shipped, and what an engine feels of a shipper beside it."""
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from benchmark import appending, programs
from support import store

ROUNDS = 5


def run(table, folder, journal):
    if store.folder() is None:
        print("    clickhouse-server is not there; tools/test unpacks it")
        return
    with tempfile.TemporaryDirectory(prefix="bench-store-") as place:
        server = store.Server(os.path.join(place, "server"), store.free_ports(3), "")
        server.start()
        try:
            rates(table, place, server, journal)
            beside(table, folder, server)
        finally:
            server.kill()


def command(server, database, journal, *options):
    return [programs.program(), "ship", "--to", f"{server.url}/{database}", "--journal", journal, "--log-level", "error",
            *options]


def rates(table, place, server, journal):
    """A whole journal, which has no cursor there yet."""
    rows = int(subprocess.run([programs.program(), "sql", "SELECT max(seq) FROM transition_rows", "-o", "csv",
                               "--journal", journal], check=True, capture_output=True, text=True).stdout.split()[1])
    per_core, exported = [], []
    for number in range(3):
        copy = os.path.join(place, f"copy-{number}.sqlite")
        shutil.copy(journal, copy)
        server.ask(f"CREATE DATABASE bench{number}")
        subprocess.run(command(server, f"bench{number}", copy, "--prepare-only"), check=True)
        per_core.append(rows / processor_time(command(server, f"bench{number}", copy)))
        exported.append(rows / processor_time([programs.program(), "export", "--journal", copy]))
        os.remove(copy)
    table.add("shipping, for each core of the shipper", statistics.median(per_core), statistics.median(exported),
              "`export`", None, "rows/s")
    sizes = {line.split("\t")[0]: line.split("\t")[1:] for line in server.ask(
        "SELECT table, sum(bytes), sum(rows) FROM system.parts WHERE active AND database = 'bench0' GROUP BY table"
    ).splitlines()}
    stored = sum(int(size) for size, _ in sizes.values())
    table.add("in the store, for each transition", stored / rows, os.path.getsize(journal) / rows, "in the journal", None,
              "bytes")


def processor_time(command):
    """Seconds of the process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command[1]} failed: {process.stderr.read().decode()}")
    return usage.ru_utime + usage.ru_stime


def beside(table, folder, server):
    """Each append of an engine, with a shipper that follows and without one; by turns."""
    server.ask("CREATE DATABASE beside")
    alone, followed = [], []
    prepared = False
    for _ in range(ROUNDS):
        alone.append(appending.ours(folder, models=1, count=6000)[0])
        path = appending.fresh(folder)
        engine = subprocess.Popen([programs.benchmark(), "append", path, "1", "6000"], stdout=subprocess.PIPE, text=True)
        while not ready(path):
            time.sleep(0.005)
        options = ["--follow"] + ([] if prepared else ["--prepare"])
        prepared = True
        shipper = subprocess.Popen(command(server, "beside", path, *options), stderr=subprocess.DEVNULL)
        numbers = [int(line) for line in engine.communicate()[0].split()]
        shipper.terminate()
        shipper.wait()
        followed.append(numbers[:-1])
    for what, of in (("mean", statistics.mean), ("p99", lambda times: sorted(times)[len(times) * 99 // 100])):
        table.add(f"append beside a shipper, {what}", statistics.median(of(times) for times in followed) / 1000,
                  statistics.median(of(times) for times in alone) / 1000, "alone; the store is on this machine too", None, "µs")


def ready(path):
    status = subprocess.run([programs.program(), "runs", "-n", "1", "--journal", path], capture_output=True).returncode
    return status == 0
