#!/usr/bin/env bash
# Which Python runs the predictor of a Cog server, and what the server says if that one cannot.
#
# The guess: the worker runs with the interpreter that runs the server, as with multiprocessing.
# What happens: the worker is the `python` of PATH. Started as VENV/bin/python -m cog.server.http, with another Python first
#   in PATH, the worker ends with ModuleNotFoundError. The server runs on: /health-check is 200 with the status STARTING,
#   for ever, and never SETUP_FAILED.
# So: put the environment's bin folder into PATH, and give a start a deadline: the status never tells.
# Packages: cog 0.23.1 (with coglet 0.23.1)
# Seen on 2026-11-30, Linux, Python 3.11, after 20 s:
#   another python first in PATH: STARTING, the server runs; its own first: READY
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q cog==0.23.1 >&2 || exit 77
# Another Python, without the package.
mkdir "$work/other" && ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$work/other/python" || exit 77

cat >"$work/predict.py" <<'END'
from cog import BasePredictor


class Predictor(BasePredictor):
    def predict(self, x: int) -> int:
        return 2 * x
END

cat >"$work/measure.py" <<'END'
import json, os, signal, socket, subprocess, sys, time, urllib.request

work = sys.argv[1]


def measure(first):
    """The status after 20 s, or as soon as it is another than STARTING; and whether the server runs."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    environment = os.environ | {
        "PATH": f"{first}:{os.environ['PATH']}", "PORT": str(port),
        "COG_PREDICT_TYPE_STUB": f"{work}/predict.py:Predictor"}
    server = subprocess.Popen(
        [f"{work}/venv/bin/python", "-m", "cog.server.http", "--host", "127.0.0.1"], cwd=work, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    status = None
    try:
        deadline = time.monotonic() + 20
        while status in (None, "STARTING") and time.monotonic() < deadline and server.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health-check", timeout=5) as answer:
                    status = json.load(answer)["status"]
            except OSError:
                pass
            time.sleep(0.2)
        return status, server.poll() is None
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        server.wait()


other, own = measure(f"{work}/other"), measure(f"{work}/venv/bin")
for words, (status, runs) in (("another python first in PATH", other), ("its own first", own)):
    print(f"{words}: {status}, the server {'runs' if runs else 'has ended'}")
sys.exit(0 if (other, own) == (("STARTING", True), ("READY", True)) else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
