"""What health checks cost a model that loads meanwhile: requests per second, their latency, and the load's own time."""
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from benchmark import programs

ROUNDS = 5
# A model server of the kind that has work to do while it loads, on one processor, and then answers.
LOADING = """
import hashlib, http.server, sys
data = bytes(1 << 20)
digest = hashlib.sha256()
for _ in range(int(sys.argv[2])): digest.update(data)
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Ready).serve_forever()
"""
MEGABYTES = 4000


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(table, folder):
    if not shutil.which("wrk"):
        print("    wrk is not installed")
        return
    alone, beside, rates, slowest = [], [], [], []
    for _ in range(ROUNDS):
        alone.append(load(folder, None))
        answer = []
        beside.append(load(folder, answer))
        rate, p99 = measured(answer[0])
        rates.append(rate)
        slowest.append(p99)
    table.add("/health while a model loads", statistics.median(rates), None, "", (30_000, True), "requests/s")
    table.add("/health while a model loads, p99", statistics.median(slowest), None, "", (10, False))
    table.add("a load beside these requests", statistics.median(beside), statistics.median(alone),
              "the same load alone", (1.05, False))


def load(folder, answer):
    """Milliseconds in LOADING; with a list, what wrk says of the requests during these is put into it."""
    path = os.path.join(folder, "answering.sqlite")
    programs.remove_journal(path)
    port = free_port()
    engine = subprocess.Popen(
        [programs.program(), "run", "--journal", path, "--listen", "127.0.0.1:0", "--model", "m",
         "--probe", f"http://127.0.0.1:{port}/", "--probe-interval", "20ms", "--",
         sys.executable, "-c", LOADING, str(port), str(MEGABYTES)], stderr=subprocess.PIPE, text=True)
    try:
        url = None
        for line in engine.stderr:
            if found := re.search(r"http://[0-9.:]+/", line):
                url = found.group(0) + "health"
            if "Phase 1" in line or "is READY" in line or url:
                break
        if answer is not None:
            # Whoever asks is another machine usually: it has one processor, and the model and the engine what is left.
            pinned = ["taskset", "-c", str(os.cpu_count() - 1)] if shutil.which("taskset") else []
            answer.append(subprocess.run(
                [*pinned, "wrk", "--latency", "-t", "1", "-c", "32", "-d", "3s", url], check=True, capture_output=True,
                text=True).stdout)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            status = subprocess.run([programs.program(), "status", "--journal", path], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, check=False).returncode
            if status == 0:
                break
            time.sleep(0.1)
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.communicate()
    rows = json.loads(subprocess.run([programs.program(), "runs", "-o", "json", "--journal", path], check=True,
                                     capture_output=True, text=True).stdout)
    return rows[0]["load_ms"]


def measured(text):
    """Requests per second, and the 99th percentile in milliseconds, of what wrk prints."""
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", text).group(1))
    value, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s)", text).groups()
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
