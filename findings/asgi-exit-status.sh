#!/usr/bin/env bash
# What an ASGI server's exit status says after a failed start.
#
# The guess: a server whose application fails to start exits with a status other than 0.
# What happens: it depends on the server, and with uvicorn on the number of workers. An application that answers
#   lifespan.startup.failed ends uvicorn with 3, but `uvicorn --workers 2` with 0. Hypercorn ends with 0, also when the
#   application does not exist, and when its process ended by itself with 7. Gunicorn ends with 3, and Granian with 1.
# So: status 0 of a server that was never ready is no clean exit.
# Packages: uvicorn 0.54.0, hypercorn 0.18.0, gunicorn 27.0.1 with uvicorn-worker 0.4.0, granian 2.8.9
# Seen on 2026-11-30, Linux, Python 3.11:
#   uvicorn, startup fails: 3
#   uvicorn --workers 2, startup fails: 0
#   gunicorn, startup fails: 3
#   granian, startup fails: 1
#   hypercorn, startup fails: 0
#   hypercorn, startup calls os._exit(7): 0
#   hypercorn, no such application: 0
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q uvicorn==0.54.0 hypercorn==0.18.0 gunicorn==27.0.1 uvicorn-worker==0.4.0 \
        granian==2.8.9 >&2 || exit 77

cat >"$work/service.py" <<'END'
import os


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        if os.environ["HOW"] == "exit":
            os._exit(7)
        await send({"type": "lifespan.startup.failed", "message": "the model cannot be loaded"})
END

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys

work = sys.argv[1]


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return str(place.getsockname()[1])


def status(command, how="raise"):
    program, *arguments = command
    server = subprocess.Popen(
        [f"{work}/venv/bin/{program}", *arguments], cwd=work, env={**os.environ, "HOW": how, "HOME": work},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        return server.wait(30)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def address():
    return "127.0.0.1:" + free_port()


cases = [
    ("uvicorn, startup fails", 3, status(["uvicorn", "service:app", "--port", free_port()])),
    ("uvicorn --workers 2, startup fails", 0,
        status(["uvicorn", "service:app", "--workers", "2", "--port", free_port()])),
    ("gunicorn, startup fails", 3,
        status(["gunicorn", "service:app", "-k", "uvicorn_worker.UvicornWorker", "-b", address()])),
    ("granian, startup fails", 1, status(["granian", "--interface", "asgi", "service:app", "--port", free_port()])),
    ("hypercorn, startup fails", 0, status(["hypercorn", "service:app", "-b", address()])),
    ("hypercorn, startup calls os._exit(7)", 0, status(["hypercorn", "service:app", "-b", address()], "exit")),
    ("hypercorn, no such application", 0, status(["hypercorn", "service:absent", "-b", address()])),
]
for what, _, seen in cases:
    print(f"{what}: {'did not exit' if seen is None else seen}")
changed = [what for what, expected, seen in cases if seen != expected]
sys.exit(f"changed: {', '.join(changed)}" if changed else 0)
END

"$work/venv/bin/python" "$work/measure.py" "$work"
