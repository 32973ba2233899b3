#!/usr/bin/env bash
# What LitServe does when the process of its only worker ends during setup().
#
# The guess: as with an exception in setup(), the server prints an error and ends with status 1. A worker that the
#   kernel kills for its memory, or that a native library ends, is such a worker.
# What happens: the server prints nothing and goes on waiting. It never listens, although it has printed "Uvicorn
#   running on", and it never exits. An exception in setup(), for comparison, ends the server within seconds.
# So: only a deadline for the start ends this, and only the process tree shows that the worker is gone.
# Packages: litserve 0.2.19
# Seen on 2026-11-30, Linux, Python 3.11:
#   setup() raises: exit status 1
#   setup() ends its process: still running after 30 s, never listened, lines after the end: 0
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q litserve==0.2.19 >&2 || exit 77

cat >"$work/service.py" <<'END'
import os, sys

import litserve


class Model(litserve.LitAPI):
    def setup(self, device):
        print("setup begins", flush=True)
        if sys.argv[2] == "raise":
            raise RuntimeError("the weights are damaged")
        os._exit(7)

    def predict(self, request):
        return request


if __name__ == "__main__":
    server = litserve.LitServer(Model(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
END

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys, threading, time

work = sys.argv[1]
LIMIT = 30


def start(how):
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    server = subprocess.Popen(
        [f"{work}/venv/bin/python", f"{work}/service.py", str(port), how], cwd=work, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True)
    lines = []
    threading.Thread(target=lambda: lines.extend(server.stdout), daemon=True).start()
    listened = False
    begin = time.monotonic()
    try:
        while server.poll() is None and time.monotonic() - begin < LIMIT:
            with socket.socket() as probe:
                listened = probe.connect_ex(("127.0.0.1", port)) == 0 or listened
            time.sleep(0.2)
        return server.poll(), listened, lines
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        server.wait()


raised, _, _ = start("raise")
ended, listened, lines = start("exit")
begun = next((number for number, line in enumerate(lines) if "setup begins" in line), None)
after = len(lines) - begun - 1 if begun is not None else None
print(f"setup() raises: exit status {raised}")
print(
    f"setup() ends its process: {f'still running after {LIMIT} s' if ended is None else f'exit status {ended}'}, "
    f"{'listened' if listened else 'never listened'}, lines after the end: {after}")
sys.exit(0 if (raised, ended, listened, after) == (1, None, False, 0) else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
