#!/usr/bin/env bash
# What SIGTERM does to an ASGI server with and without a request in flight, with no option that limits the wait.
#
# The guess: SIGTERM ends the server after some seconds at most, with status 0.
# What happens: with a request in flight, uvicorn and granian wait for it without a limit. Hypercorn gives it 3 s and
#   gunicorn 30 s; both then exit 0 although they cut the request off. Without a request, uvicorn ends by the signal
#   itself (128 + 15 for a shell), `uvicorn --workers 2` with 0, as do the others.
# So: a supervisor needs a limit of its own, and "ended by SIGTERM" is a clean end of uvicorn.
# Packages: uvicorn 0.54.0, hypercorn 0.18.0, gunicorn 27.0.1 with uvicorn-worker 0.4.0, granian 2.8.9
# Seen on 2026-11-30, Linux, Python 3.11:
#   uvicorn              idle: signal 15 after 0.2 s; with a request: still there after 40 s
#   uvicorn --workers 2  idle: status 0 after 0.5 s; with a request: still there after 40 s
#   gunicorn             idle: status 0 after 0.4 s; with a request: status 0 after 30.2 s
#   hypercorn            idle: status 0 after 0.3 s; with a request: status 0 after 3.4 s
#   granian              idle: status 0 after 0.1 s; with a request: still there after 40 s
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried. It takes 3 minutes.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q uvicorn==0.54.0 hypercorn==0.18.0 gunicorn==27.0.1 uvicorn-worker==0.4.0 \
        granian==2.8.9 >&2 || exit 77

cat >"$work/service.py" <<'END'
import asyncio


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/long":
        await asyncio.sleep(600)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
END

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys, time

work = sys.argv[1]
LIMIT = 40


def ask(port, path):
    connection = socket.create_connection(("127.0.0.1", port), 1)
    connection.settimeout(10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return connection


def end(port, program, *arguments, busy):
    server = subprocess.Popen(
        [f"{work}/venv/bin/{program}", *arguments], cwd=work, env={**os.environ, "HOME": work},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 40
        while True:
            try:
                if ask(port, "/").recv(12):
                    break
            except OSError:
                pass
            if time.monotonic() > deadline:
                return "no answer", 0
            time.sleep(0.1)
        if busy:
            request = ask(port, "/long")
            time.sleep(1)
        start = time.monotonic()
        server.send_signal(signal.SIGTERM)
        try:
            status = server.wait(LIMIT)
            return (f"signal {-status}" if status < 0 else f"status {status}"), time.monotonic() - start
        except subprocess.TimeoutExpired:
            return "still there", LIMIT
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


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


# How it ends when it is idle, and how, and after at least how many seconds, with a request in flight.
expectations = {
    "uvicorn": ("signal 15", "still there", LIMIT), "uvicorn --workers 2": ("status 0", "still there", LIMIT),
    "gunicorn": ("status 0", "status 0", 25), "hypercorn": ("status 0", "status 0", 2),
    "granian": ("status 0", "still there", LIMIT),
}
changed = []
for name, (idle, busy, seconds) in expectations.items():
    ends = []
    for is_busy in (False, True):
        port = free_port()
        ends.append(end(port, *command(name, port), busy=is_busy))
    (first, first_after), (second, second_after) = ends
    print(f"{name:20} idle: {first} after {first_after:.1f} s; with a request: {second} after {second_after:.1f} s")
    if first != idle or first_after > 10 or second != busy or second_after < seconds:
        changed.append(name)
sys.exit(f"changed: {', '.join(changed)}" if changed else 0)
END

"$work/venv/bin/python" "$work/measure.py" "$work"
