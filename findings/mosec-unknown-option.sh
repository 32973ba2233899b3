#!/usr/bin/env bash
# What a Mosec service does with an option that it does not know.
#
# The guess: it prints its usage and exits with status 2, as it is argparse that reads the options.
# What happens: it ignores the option, prints nothing about it, and starts. With a misspelt --port it is READY on port
#   8000, its default, and each probe of the port that was asked for is refused.
# So: "connection refused" until the deadline, from a process that runs, can be a misspelt option. The addresses that
#   the process listens on show it; its output does not.
# Packages: mosec 0.9.8
# Seen on 2026-11-30, Linux, Python 3.11 (started with --address 127.0.0.1 --prot PORT):
#   on PORT: refused; on 8000: answers 200; warnings and errors: 0
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried (also when port 8000 is taken).
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q mosec==0.9.8 >&2 || exit 77

cat >"$work/service.py" <<'END'
from mosec import Server, Worker


class Adder(Worker):
    def forward(self, data):
        return {"output": data["input"] + 1}


if __name__ == "__main__":
    server = Server()
    server.append_worker(Adder)
    server.run()
END

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys, threading, time, urllib.request

work = sys.argv[1]
DEFAULT = 8000

with socket.socket() as place:
    if place.connect_ex(("127.0.0.1", DEFAULT)) == 0:
        print(f"port {DEFAULT} is taken")
        sys.exit(77)
with socket.socket() as place:
    place.bind(("127.0.0.1", 0))
    port = place.getsockname()[1]

server = subprocess.Popen(
    [f"{work}/venv/bin/python", f"{work}/service.py", "--address", "127.0.0.1", "--prot", str(port)], cwd=work,
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
lines = []
threading.Thread(target=lambda: lines.extend(server.stdout), daemon=True).start()
answer = None
try:
    deadline = time.monotonic() + 30
    while answer != 200 and server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{DEFAULT}/", timeout=5) as response:
                answer = response.status
        except OSError:
            time.sleep(0.2)
    with socket.socket() as probe:
        is_refused = probe.connect_ex(("127.0.0.1", port)) != 0
    status = server.poll()
finally:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass

complaints = len([line for line in lines if '"WARN' in line or '"ERROR' in line or "--prot" in line])
print(
    f"on PORT: {'refused' if is_refused else 'accepts'}; on {DEFAULT}: "
    f"{f'answers {answer}' if answer else 'no answer'}; warnings and errors: {complaints}; exit status: {status}")
sys.exit(0 if (is_refused, answer, complaints, status) == (True, 200, 0, None) else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
