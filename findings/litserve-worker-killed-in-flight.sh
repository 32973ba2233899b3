#!/usr/bin/env bash
# What a LitServe server does when its worker is killed while a request is on its way.
#
# The guess: /health fails at once, or the server exits, as it does within 3 s when no request is on its way.
# What happens: it prints that the worker died and that it shuts down, and then waits for the request, which has no worker
#   any more, until that times out (30 s by default). Meanwhile its port accepts connections and answers nothing, so a
#   probe without a timeout of its own waits as well. Then it exits with status 1.
# So: give probes a short timeout, and take "accepts, but does not answer" for a failure if the processes do no work.
# Packages: litserve 0.2.19
# Seen on 2026-11-30, Linux, Python 3.11:
#   without a request: exited with 1 within 10 s; with one: after 10 s running, /health: no answer; exited with 1 later
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q litserve==0.2.19 >&2 || exit 77

cat >"$work/service.py" <<'END'
import os, sys

import litserve


class Doubler(litserve.LitAPI):
    def setup(self, device):
        with open("worker", "w") as file:
            file.write(str(os.getpid()))

    def predict(self, request):
        return {"y": 2 * request["x"]}


if __name__ == "__main__":
    litserve.LitServer(Doubler(), accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
END

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys, threading, time, urllib.request

work = sys.argv[1]


def ask(port, path, data=None, timeout=3):
    """The status; None if there is no answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status
    except OSError:
        return None


def measure(has_request):
    """Exit status and /health after 10 s, and the exit status in the end."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    server = subprocess.Popen(
        [f"{work}/venv/bin/python", f"{work}/service.py", str(port)], cwd=work, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while ask(port, "/health") != 200:
            if time.monotonic() > deadline or server.poll() is not None:
                sys.exit(77)
            time.sleep(0.1)
        with open(f"{work}/worker") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        begin = time.monotonic()
        if has_request:
            threading.Thread(target=ask, args=(port, "/predict", b'{"x": 1}', 60), daemon=True).start()
        time.sleep(10)
        then = server.poll(), ask(port, "/health")
        try:
            return *then, server.wait(max(1, begin + 90 - time.monotonic()))
        except subprocess.TimeoutExpired:
            return *then, None
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


found = measure(False), measure(True)
for words, (early, health, late) in zip(("without a request", "with one"), found):
    print(f"{words}: exit status after 10 s: {early}; /health: {health or 'no answer'}; exit status in the end: {late}")
sys.exit(0 if found == ((1, None, 1), (None, None, 1)) else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
