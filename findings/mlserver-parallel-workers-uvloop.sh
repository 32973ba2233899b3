#!/usr/bin/env bash
# Whether MLServer loads a model with its default settings, as pip installs it today.
#
# The guess: yes; the package declares the versions that it works with.
# What happens: its one parallel worker, which is the default, ends with "RuntimeError: There is no current event loop",
#   as uvloop 0.23 does not make one there. It is started again and again until the server gives up, with status 0. With
#   uvloop below 0.22, or with MLSERVER_PARALLEL_WORKERS=0, the same model is ready.
# So: pin uvloop beside MLServer, and do not take its exit status 0 for success.
# Packages: mlserver 1.7.1, uvloop 0.23.0 and 0.21.0
# Seen on 2026-11-30, Linux, Python 3.11:
#   uvloop 0.23.0: exited with 0; without parallel workers: ready; uvloop 0.21.0: ready
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" || exit 77
pip=("$work/venv/bin/pip" install -q)
"${pip[@]}" mlserver==1.7.1 uvloop==0.23.0 >&2 || exit 77

mkdir "$work/model"
cat >"$work/model/doubler.py" <<'END'
import mlserver


class Doubler(mlserver.MLModel):
    async def load(self):
        return True
END
echo '{"name": "model", "implementation": "doubler.Doubler"}' >"$work/model/model-settings.json"

cat >"$work/measure.py" <<'END'
import os, signal, socket, subprocess, sys, time, urllib.request

work, workers = sys.argv[1:]
places = [socket.socket() for _ in range(3)]
for place in places:
    place.bind(("127.0.0.1", 0))
ports = [str(place.getsockname()[1]) for place in places]
for place in places:
    place.close()
names = ("MLSERVER_HTTP_PORT", "MLSERVER_GRPC_PORT", "MLSERVER_METRICS_PORT")
environment = os.environ | dict(zip(names, ports)) | {
    "MLSERVER_HOST": "127.0.0.1", "MLSERVER_PARALLEL_WORKERS": workers}
server = subprocess.Popen(
    [f"{work}/venv/bin/mlserver", "start", f"{work}/model"], cwd=f"{work}/model", env=environment,
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
said = "neither"
try:
    deadline = time.monotonic() + 120
    good = 0
    while time.monotonic() < deadline and said == "neither":
        if server.poll() is not None:
            said = f"exited with {server.returncode}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ports[0]}/v2/models/model/ready", timeout=5) as answer:
                good += answer.status == 200
        except OSError:
            good = 0
        # Its ready path is good for a moment before the model is known.
        if good >= 5:
            said = "ready"
        time.sleep(0.2)
finally:
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
print(said)
END

measure() { "$work/venv/bin/python" "$work/measure.py" "$work" "$1"; }
new=$(measure 1)
alone=$(measure 0)
"${pip[@]}" uvloop==0.21.0 >&2 || exit 77
old=$(measure 1)
echo "uvloop 0.23.0: $new; without parallel workers: $alone; uvloop 0.21.0: $old"
[ "$new, $alone, $old" = "exited with 0, ready, ready" ]
