#!/usr/bin/env bash
# What MLServer's readiness says when no model, or only one of two, can be loaded.
#
# The guess: /v2/health/ready answers 200 when the models are loaded, and a model that fails keeps it from that, or
#   ends the server with a status other than 0.
# What happens:
#   1. The folder of the models does not exist: /v2/health/ready answers 200, and no line of the output is a warning or
#      an error. The list of models is empty, so no model is unready.
#   2. A model's settings lack the implementation: one ERROR line, then /v2/health/ready answers 200 without the model.
#   3. The class of one of two models raises in load(): the other one's /v2/models/NAME/ready may answer 200 for a
#      moment, then the whole server ends, with status 0.
# So: neither 200 of the server nor status 0 says that the model is there. Ask for the model by its name, and more than
#   once.
# Packages: mlserver 1.7.1
# Seen on 2026-11-30, Linux, Python 3.11:
#   no such folder: ready 200, 0 lines of warnings or errors, models: []
#   settings without implementation: ready 200, 1 line of warnings or errors, models: []
#   one model of two raises: exit status 0
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q mlserver==1.7.1 >&2 || exit 77

mkdir -p "$work/settings/speech" "$work/two/good" "$work/two/bad"
echo '{"name": "speech"}' >"$work/settings/speech/model-settings.json"
for name in good bad; do
    echo "{\"name\": \"$name\", \"implementation\": \"models.${name^}\"}" >"$work/two/$name/model-settings.json"
done
cat >"$work/models.py" <<'END'
from mlserver import MLModel


class Good(MLModel):
    async def load(self):
        return True


class Bad(MLModel):
    async def load(self):
        raise RuntimeError("the weights are damaged")
END

cat >"$work/measure.py" <<'END'
import os, re, signal, socket, subprocess, sys, threading, time, urllib.error, urllib.request

work = sys.argv[1]


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return str(place.getsockname()[1])


class Server:
    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            [f"{work}/venv/bin/mlserver", "start", f"{work}/{folder}"], cwd=work, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={
                **os.environ, "PYTHONPATH": work, "MLSERVER_HOST": "127.0.0.1", "MLSERVER_HTTP_PORT": self.port,
                "MLSERVER_GRPC_PORT": free_port(), "MLSERVER_METRICS_PORT": free_port(),
                "MLSERVER_PARALLEL_WORKERS": "0",
            })
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True).start()

    def ask(self, path, body=None):
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except OSError:
            return None, ""

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def readiness(folder):
    server = Server(folder)
    try:
        deadline = time.monotonic() + 60
        while server.ask("/v2/health/live")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        # Models that could be loaded would be by now.
        time.sleep(3)
        ready = server.ask("/v2/health/ready")[0]
        complaints = len([line for line in server.lines if re.search(" (WARNING|ERROR) - ", line)])
        # Reads the settings again, and complains again.
        models = server.ask("/v2/repository/index", b"{}")[1]
        return ready, complaints, models
    finally:
        server.end()


def end(folder):
    server = Server(folder)
    try:
        return server.process.wait(60)
    except subprocess.TimeoutExpired:
        return None
    finally:
        server.end()


absent, lacking, status = readiness("absent"), readiness("settings"), end("two")
for what, (ready, complaints, models) in (("no such folder", absent), ("settings without implementation", lacking)):
    print(f"{what}: ready {ready}, {complaints} line(s) of warnings or errors, models: {models}")
print(f"one model of two raises: exit status {status}")
as_stated = absent == (200, 0, "[]") and lacking == (200, 1, "[]") and status == 0
sys.exit(0 if as_stated else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
