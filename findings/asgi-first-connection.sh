#!/usr/bin/env bash
# When a server's port accepts connections, and what it prints by then, while its application still loads a model.
#
# The guess: a port that accepts connections, or a line "Listening at" or "running on", means that the server answers.
# What happens, with an application whose startup takes 4 s:
#   gunicorn accepts connections at once; a request sent then is answered after the load.
#   granian prints "Listening at" at once, and refuses connections until the load is over.
#   uvicorn with --workers 2 prints "Uvicorn running on" at once, and refuses connections until the load is over.
#   uvicorn with one worker, and hypercorn, refuse connections and print no such line until the load is over.
# So: a start that is measured by the first TCP connection is too short by the whole load with gunicorn, and one that
#   is measured by the line is too short with granian and with uvicorn's workers. Only an answer counts.
# Packages: uvicorn 0.54.0, hypercorn 0.18.0, gunicorn 27.0.1 with uvicorn-worker 0.4.0, granian 2.8.9
# Seen on 2026-11-30, Linux, Python 3.11 (seconds until the line, the first connection, the first answer):
#   uvicorn               line 4.5  connection 4.5  answer 4.5
#   uvicorn --workers 2   line 0.4  connection 5.2  answer 5.2
#   gunicorn              line 0.5  connection 0.5  answer 4.6
#   hypercorn             line 5.1  connection 5.1  answer 5.1
#   granian               line 0.2  connection 4.2  answer 4.2
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q uvicorn==0.54.0 hypercorn==0.18.0 gunicorn==27.0.1 uvicorn-worker==0.4.0 \
        granian==2.8.9 >&2 || exit 77

cat >"$work/service.py" <<'END'
import time


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        print("load begins", flush=True)
        time.sleep(4)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
END

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys, threading, time

work = sys.argv[1]


def measure(port, program, *arguments):
    start = time.monotonic()
    seen = {}

    def note(what):
        seen.setdefault(what, time.monotonic() - start)

    server = subprocess.Popen(
        [f"{work}/venv/bin/{program}", *arguments], cwd=work, env={**os.environ, "HOME": work},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def read():
        for line in server.stdout:
            if "load begins" in line:
                note("load")
            if "running on" in line.lower() or "listening at: http" in line.lower():
                note("line")

    threading.Thread(target=read, daemon=True).start()
    try:
        while "answer" not in seen and time.monotonic() - start < 40:
            try:
                with socket.create_connection(("127.0.0.1", port), 1) as connection:
                    note("connection")
                    connection.settimeout(30)
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    if connection.recv(12).startswith(b"HTTP/1.1 200"):
                        note("answer")
            except OSError:
                time.sleep(0.05)
        # A line that is printed with the answer may still be on its way.
        time.sleep(1)
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return seen


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def command(name, port):
    return {
        "uvicorn": ["uvicorn", "service:app", "--port", str(port)],
        "uvicorn --workers 2": ["uvicorn", "service:app", "--workers", "2", "--port", str(port)],
        "gunicorn": ["gunicorn", "service:app", "-k", "uvicorn_worker.UvicornWorker", "-b", f"127.0.0.1:{port}"],
        "hypercorn": ["hypercorn", "service:app", "-b", f"127.0.0.1:{port}"],
        "granian": ["granian", "--interface", "asgi", "service:app", "--port", str(port)],
    }[name]


# Which of the line and the connection came while the model was loaded, which takes 4 s.
early = {
    "uvicorn": (False, False), "uvicorn --workers 2": (True, False), "gunicorn": (True, True),
    "hypercorn": (False, False), "granian": (True, False),
}
changed = []
for name, expected in early.items():
    port = free_port()
    seen = measure(port, *command(name, port))
    times = [f"{what} {seen[what]:.1f}" for what in ("line", "connection", "answer") if what in seen]
    print(f"{name:20}", "  ".join(times))
    if not {"load", "line", "connection", "answer"} <= seen.keys():
        changed.append(name)
    elif tuple(seen[what] < seen["load"] + 3 for what in ("line", "connection")) != expected:
        changed.append(name)
sys.exit(f"changed: {', '.join(changed)}" if changed else 0)
END

"$work/venv/bin/python" "$work/measure.py" "$work"
