"""How exactly READY is recorded: against the clock of the server itself, at the moment at which it listens."""
import datetime
import json
import os
import subprocess
import socket
import sys
import time
from statistics import median

from benchmark import programs

SERVER = """
import socket, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
begun = time.monotonic()
port, load, path = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
server = HTTPServer(("127.0.0.1", port), Handler, bind_and_activate=False)
server.allow_reuse_address = True
server.server_bind()
time.sleep(max(0, load - (time.monotonic() - begun)))
server.server_activate()
with open(path, "w") as file: file.write(str(time.time()))
server.serve_forever()
"""
# The load in seconds, and how many times it is measured.
LOADS = [(0.02, 20), (0.2, 20), (2, 10), (20, 5)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(program, folder, load):
    """How much later than the server listened READY was recorded, in milliseconds, and what the engine had used of one
    processor when nine tenths of the load were over, in per cent."""
    journal, stamp = os.path.join(folder, "starting.sqlite"), os.path.join(folder, "starting.stamp")
    programs.remove_journal(journal)
    port = free_port()
    command = [program, "run", "--once", "--journal", journal, "--model", "m", "--probe", f"http://127.0.0.1:{port}/",
               "--", sys.executable, "-c", SERVER, str(port), str(load), stamp]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as engine:
        time.sleep(load * 0.9)
        share = processor_time(engine.pid) / (load * 0.9) * 100
    if engine.returncode != 0:
        raise SystemExit(f"{program} run --once ended with {engine.returncode}")
    rows = json.loads(subprocess.run(
        [program, "history", "--journal", journal, "-o", "json"], check=True, stdout=subprocess.PIPE).stdout)
    ready = next(row["at"] for row in rows if row["to_state"] == "READY")
    at = datetime.datetime.fromisoformat(ready.replace("Z", "+00:00")).timestamp()
    with open(stamp) as file:
        listened = float(file.read())
    programs.remove_journal(journal)
    return (at - listened) * 1000, share


def processor_time(pid):
    """Of the process alone, without its children, in seconds."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p95(values):
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def run(table, folder):
    """With MODELJOURNAL_BASELINE, another build of the program, its figures stand beside ours."""
    baseline = os.environ.get("MODELJOURNAL_BASELINE")
    for load, count in LOADS:
        ours, others = [], []
        for _ in range(count):
            ours.append(start(programs.program(), folder, load))
            if baseline:
                others.append(start(baseline, folder, load))
        name = f"READY of a load of {load:g} s after the server's own clock, p95"
        limit = max(10, load * 10)
        table.add(name, p95([late for late, _ in ours]), None, "", (limit, False))
        if baseline:
            table.add(name, p95([late for late, _ in ours]), p95([late for late, _ in others]), "the build of before",
                      None)
    # Of the longest load: a shorter one is mostly the start of the engine itself.
    table.add(f"processor time of an engine over a load of {load:g} s",
              median([share for _, share in ours]), median([share for _, share in others]) if baseline else None,
              "the build of before" if baseline else "", None, unit="%")
