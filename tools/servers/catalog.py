"""The servers that check-servers knows: what to install, how to start one, and what a real request to it looks like."""
import base64
import dataclasses
import glob
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODELS = os.path.join(ROOT, "tools", "servers", "models")
MODEL = "tiny"


@dataclasses.dataclass
class Place:
    """Where one server runs: a folder of its own, ports that are free, and its virtual environment."""

    folder: str
    ports: list[int]
    programs: str

    @property
    def port(self):
        return self.ports[0]

    def program(self, name):
        return os.path.join(self.programs, name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))


@dataclasses.dataclass
class Server:
    # What the user calls it, and the preset.
    name: str
    preset: str
    title: str
    # A function of tools/lib-setup.sh with its arguments, and the folder in .build that it fills.
    install: list[str]
    folder: str
    command: Callable[[Place], list[str]]
    # The file in tools/servers/models that is its service, or that writes its model.
    service: str
    # Sends the model an input, and returns its answer.
    ask: Callable[[Place, int, float], int]
    prepare: Callable[[Place], None] = lambda place: None
    environment: Callable[[Place], dict[str, str]] = lambda place: {}
    # How long a run waits for READY if the load fails: some servers try again for ever.
    patience: int = 60
    # The port that requests go to is the probed one, so a process that has it is found before the start.
    is_probed: bool = True
    # For a program that has no Python in it: the file that it loads, how to damage that, and what it says of the damage.
    model_file: str = ""
    damage: Callable[[Place], None] = lambda place: None
    complaint: str = ""
    # So many long requests at once leave none of its threads to answer a probe.
    requests_when_busy: int = 1
    # It is installed in half a minute; it takes minutes to install.
    is_quick: bool = False
    is_heavy: bool = False

    def make_place(self, folder, ports):
        os.makedirs(folder)
        for name in (f"{self.service}.py", "tiny.py"):
            shutil.copy(os.path.join(MODELS, name), folder)
        place = Place(folder, ports, os.path.join(ROOT, ".build", self.folder, "bin"))
        self.prepare(place)
        return place

    @property
    def is_native(self):
        """It cannot run tiny.py: it is slow or fails because of the file that it loads."""
        return bool(self.model_file)

    def slowed(self, place):
        """The environment in which the file of the model takes TINY_LOAD_SECONDS to open."""
        library = place.path("slow_open.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, os.path.join(MODELS, "slow_open.c"), "-ldl"], check=True)
        return {"LD_PRELOAD": library, "TINY_SLOW_FILE": self.model_file}

    def install_it(self):
        """Whether it is installed now."""
        script = '. tools/lib-setup.sh && "$@"'
        return subprocess.run(["bash", "-c", script, "_", *self.install], cwd=ROOT).returncode == 0


def post(place, path, body, timeout):
    request = urllib.request.Request(
        f"http://127.0.0.1:{place.port}{path}", data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.load(answer)


def ask_wyoming(place, x, timeout):
    """One event and its answer; each is a line of JSON, with data of that length after it."""
    with socket.create_connection(("127.0.0.1", place.port), timeout=timeout) as connection:
        connection.sendall(json.dumps({"type": "transcribe", "data": {"x": x}}).encode() + b"\n")
        with connection.makefile("rb") as file:
            event = json.loads(file.readline())
            data = event.get("data") or json.loads(file.read(event["data_length"]))
            return int(data["text"])


def post_audio(place, seconds, timeout):
    """The words in that much silence, as whisper-server hears them."""
    rate = 16000
    samples = bytes(2 * rate * seconds)
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16,
                         b"data", len(samples))
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    request = urllib.request.Request(
        f"http://127.0.0.1:{place.port}/inference", data=head.encode() + header + samples + f"\r\n--{mark}--\r\n".encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={mark}"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.load(answer)["text"].split()


def ask_whisper(place, x, timeout):
    """The model has five words for each window of 30 s."""
    windows = 1 + x // 4000
    words = post_audio(place, 30 * windows, timeout)
    return 2 * x if words == ["tiny"] * 5 * windows else len(words)


def ask_llama(place, x, timeout):
    """So many tokens as are asked for, which takes about x ms on a fast processor."""
    count = 2 + x // 4
    answer = post(place, "/completion", {"prompt": "a", "n_predict": count, "ignore_eos": True, "temperature": 0}, timeout)
    return 2 * x if answer["tokens_predicted"] == count else answer["tokens_predicted"]


def ask_sherpa(place, x, timeout):
    """Silence of about x ms in one WebSocket message; the model hears a token in every second frame of 10 ms."""
    frames = 10 + x // 10
    samples = bytes(4 * 160 * frames)
    message = struct.pack("<ii", 16000, len(samples)) + samples
    length = struct.pack(">BH", 0xFE, len(message)) if len(message) < 1 << 16 else struct.pack(">BQ", 0xFF, len(message))
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection(("127.0.0.1", place.port), timeout=timeout) as connection:
        connection.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{place.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        with connection.makefile("rb") as file:
            if b" 101 " not in (status := file.readline()):
                raise ValueError(f"no WebSocket: {status}")
            while file.readline().strip():
                pass
            # A mask of zeros leaves the message as it is.
            connection.sendall(b"\x82" + length + bytes(4) + message)
            size = file.read(2)[1]
            size = struct.unpack(">H", file.read(2))[0] if size == 126 else size
            size = struct.unpack(">Q", file.read(8))[0] if size == 127 else size
            tokens = json.loads(file.read(size))["tokens"]
            # A close frame with status 1000, and its answer; without one the server notes an error.
            connection.sendall(b"\x88\x82" + bytes(4) + struct.pack(">H", 1000))
            file.read()
    return 2 * x if len(tokens) == frames // 2 else len(tokens)


def writes_model(interpreter, name):
    """A preparation that runs tools/servers/models/NAME.py, which writes the model."""
    def prepare(place):
        program = sys.executable if interpreter is None else place.program(interpreter)
        subprocess.run([program, place.path(f"{name}.py"), place.path("model")], check=True)
    return prepare


def cut(name, part):
    """A damage: the end of the file is missing."""
    def damage(place):
        os.truncate(place.path(name), int(os.path.getsize(place.path(name)) * part))
    return damage


def python(place, service, *arguments):
    return [place.program("python"), place.path(f"{service}.py"), *arguments]


def prepare_mlserver(place):
    place.write("model-settings.json", {"name": MODEL, "implementation": "mlserver_service.Model"})


def prepare_mlflow(place):
    version = subprocess.run([place.program("python"), "-c", "import platform; print(platform.python_version())"],
                             check=True, capture_output=True, text=True).stdout.strip()
    place.write("model/MLmodel", f"""flavors:
  python_function:
    loader_module: mlflow_service
    code: code
    python_version: {version}
""")
    os.makedirs(place.path("model/code"))
    for name in ("mlflow_service.py", "tiny.py"):
        shutil.copy(place.path(name), place.path("model/code"))


def prepare_triton(place):
    """Its Python backend, with the program of this Python version, as pytriton puts them together."""
    home = triton_home(place)
    version = subprocess.run([place.program("python"), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                             check=True, capture_output=True, text=True).stdout.strip()
    shutil.copytree(os.path.join(home, "backends", "python"), place.path("backends/python"), symlinks=True)
    shutil.copy(os.path.join(home, "python_backend_stubs", version, "triton_python_backend_stub"),
                place.path("backends/python"))
    place.write(f"models/{MODEL}/config.pbtxt", """backend: "python"
input [ { name: "x", data_type: TYPE_INT64, dims: [ 1 ] } ]
output [ { name: "y", data_type: TYPE_INT64, dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU } ]
""")
    os.makedirs(place.path(f"models/{MODEL}/1"))
    shutil.copy(place.path("triton_service.py"), place.path(f"models/{MODEL}/1/model.py"))


def triton_home(place):
    place = os.path.join(os.path.dirname(place.programs), "lib/python*/site-packages/pytriton/tritonserver")
    return glob.glob(place)[0]


def site_packages(place):
    return os.path.dirname(os.path.dirname(triton_home(place)))


def prepare_torchserve(place):
    """Its gRPC ports are named as well: their defaults belong to whichever TorchServe was first."""
    place.write("config.properties", f"""inference_address=http://127.0.0.1:{place.ports[0]}
management_address=http://127.0.0.1:{place.ports[1]}
metrics_address=http://127.0.0.1:{place.ports[2]}
grpc_inference_port={place.ports[4]}
grpc_management_port={place.ports[5]}
default_workers_per_model=1
""")
    place.write(f"models/{MODEL}/MAR-INF/MANIFEST.json", {
        "runtime": "python", "archiverVersion": "0.12.0",
        "model": {"modelName": MODEL, "handler": "torchserve_service.py", "modelVersion": "1.0"}})
    shutil.copy(place.path("torchserve_service.py"), place.path(f"models/{MODEL}"))
    os.makedirs(place.path("temporary"))


def prepare_vllm(place):
    """A language model that has a configuration and a tokenizer of 256 words, but no file of weights."""
    words = ["<end>", "<other>", *(f"word{number}" for number in range(254))]
    place.write("model/config.json", {
        "architectures": ["TinyForCausalLM"], "model_type": "llama", "dtype": "float32", "vocab_size": len(words),
        "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 2, "max_position_embeddings": 8192, "bos_token_id": None, "eos_token_id": 0})
    place.write("model/tokenizer.json", {
        "version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
        "model": {
            "type": "WordLevel", "vocab": {word: number for number, word in enumerate(words)},
            "unk_token": "<other>"}})
    place.write("model/tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<end>", "unk_token": "<other>"})
    place.write("vllm_service-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: vllm-service\nVersion: 1.0\n")
    place.write(
        "vllm_service-1.0.dist-info/entry_points.txt", "[vllm.general_plugins]\ntiny = vllm_service:register\n")


def ask_vllm(place, x, timeout):
    """The more words it writes the longer it computes: 3,000 take some seconds."""
    words = min(2 * x, 3000)
    request = {"model": MODEL, "prompt": "word1", "max_tokens": words, "ignore_eos": True}
    written = post(place, "/v1/completions", request, timeout)["usage"]["completion_tokens"]
    return 2 * x if written == words else written


def ask_v2(place, x, timeout):
    tensor = {"name": "x", "shape": [1], "datatype": "INT64", "data": [x]}
    return post(place, f"/v2/models/{MODEL}/infer", {"inputs": [tensor]}, timeout)["outputs"][0]["data"][0]


def with_path(place):
    return {"PATH": place.programs + os.pathsep + os.environ.get("PATH", "")}


def pypi(title, size, name, *pins):
    return ["install_from_pypi", title, size, f"check-servers/{name}", *pins]


SERVERS = [
    Server(
        "litserve", "litserve", "LitServe 0.2.19", ["install_model_servers"], "model-servers",
        lambda place: python(place, "litserve_service", "--port", str(place.port)), "litserve_service",
        lambda place, x, timeout: post(place, "/predict", {"x": x}, timeout)["y"],
        is_quick=True),
    Server(
        "mosec", "mosec", "Mosec 0.9.8", ["install_model_servers"], "model-servers",
        # Its default of 3 s ends a request that computes for longer.
        lambda place: python(
            place, "mosec_service", "--address", "127.0.0.1", "--port", str(place.port), "--timeout", "60000"),
        "mosec_service", lambda place, x, timeout: post(place, "/inference", {"x": x}, timeout)["y"], is_quick=True),
    Server(
        "bentoml", "bentoml", "BentoML 1.4.40", ["install_model_servers"], "model-servers",
        lambda place: [
            place.program("bentoml"), "serve", "bentoml_service:Model", "--working-dir", place.folder, "--host",
            "127.0.0.1", "--port", str(place.port)],
        "bentoml_service", lambda place, x, timeout: post(place, "/predict", {"x": x}, timeout)["y"],
        environment=lambda place: {"BENTOML_DO_NOT_TRACK": "True"}, patience=20, is_quick=True),
    Server(
        "mlserver", "kserve-v2", "MLServer 1.7.1", ["install_mlserver"], "mlserver",
        lambda place: [place.program("mlserver"), "start", place.folder], "mlserver_service",
        ask_v2, prepare=prepare_mlserver,
        # Its parallel workers end with "There is no current event loop" with uvloop 0.22.
        environment=lambda place: {
            "MLSERVER_PARALLEL_WORKERS": "0", "MLSERVER_HOST": "127.0.0.1", "MLSERVER_HTTP_PORT": str(place.ports[0]),
            "MLSERVER_GRPC_PORT": str(place.ports[1]), "MLSERVER_METRICS_PORT": str(place.ports[2])}),
    Server(
        "kserve", "kserve-v2", "KServe 0.21", pypi("KServe", "some minutes", "kserve", "kserve==0.21"),
        "check-servers/kserve",
        lambda place: python(
            place, "kserve_service", "--http_port", str(place.ports[0]), "--grpc_port", str(place.ports[1]),
            "--model_name", MODEL), "kserve_service",
        lambda place, x, timeout: post(
            place, f"/v1/models/{MODEL}:predict", {"instances": [x]}, timeout)["predictions"][0]),
    Server(
        "mlflow", "mlflow", "mlflow 3.17", pypi("mlflow", "some minutes", "mlflow", "mlflow==3.17"),
        "check-servers/mlflow",
        lambda place: [
            place.program("mlflow"), "models", "serve", "-m", place.path("model"), "-h", "127.0.0.1", "-p",
            str(place.port), "--env-manager", "local"], "mlflow_service",
        lambda place, x, timeout: post(
            place, "/invocations", {"dataframe_records": [{"x": x}]}, timeout)["predictions"][0],
        prepare=prepare_mlflow,
        environment=with_path),
    Server(
        "triton", "triton", "Triton (nvidia-pytriton 0.7.0)",
        pypi("Triton", "370 MB, a minute", "triton", "nvidia-pytriton==0.7.0"), "check-servers/triton",
        lambda place: [
            os.path.join(triton_home(place), "bin", "tritonserver"), "--model-repository", place.path("models"),
            "--backend-directory", place.path("backends"), "--http-address", "127.0.0.1", "--http-port",
            str(place.ports[0]), "--grpc-address", "127.0.0.1", "--grpc-port", str(place.ports[1]),
            "--allow-metrics", "false"],
        "triton_service", ask_v2, prepare=prepare_triton,
        environment=lambda place: with_path(place) | {
            "LD_LIBRARY_PATH": os.path.join(site_packages(place), "nvidia_pytriton.libs"),
            "PYTHONPATH": os.pathsep.join([place.folder, site_packages(place)])}),
    Server(
        "ray-serve", "ray-serve", "Ray 2.60", pypi("Ray Serve", "490 MB, two minutes", "ray", "ray[serve]==2.60"),
        "check-servers/ray",
        lambda place: python(
            place, "ray_service", "--port", str(place.ports[0]), "--dashboard-port", str(place.ports[1])),
        "ray_service", lambda place, x, timeout: post(place, "/", {"x": x}, timeout)["y"],
        # Without the second, the probe needs a token.
        environment=lambda place: {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"},
        patience=120, is_heavy=True, is_probed=False),
    Server(
        "torchserve", "torchserve", "TorchServe 0.12.0", ["install_torchserve"], "check-servers/torchserve",
        lambda place: [
            place.program("torchserve"), "--start", "--foreground", "--disable-token-auth", "--no-config-snapshots",
            "--ts-config", place.path("config.properties"), "--model-store", place.path("models"), "--models",
            f"{MODEL}={MODEL}"], "torchserve_service",
        lambda place, x, timeout: post(place, f"/predictions/{MODEL}", {"x": x}, timeout)["y"],
        prepare=prepare_torchserve,
        # The launcher keeps the process ID of its Java program in the temporary folder, and starts no second one.
        environment=lambda place: {"TMPDIR": place.path("temporary"), "TEMP": place.path("temporary")},
        is_heavy=True, is_probed=False),
    Server(
        "vllm", "vllm", "vLLM 0.32 (CPU)", ["install_vllm"], "check-servers/vllm",
        # The program `vllm` looks for a package of that name, which vllm-cpu is not.
        lambda place: [
            place.program("python"), "-m", "vllm.entrypoints.openai.api_server", "--model", place.path("model"),
            "--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(place.port), "--load-format", "dummy",
            "--enforce-eager", "--max-model-len", "8192"],
        "vllm_service", ask_vllm, prepare=prepare_vllm,
        environment=lambda place: {
            "VLLM_TARGET_DEVICE": "cpu", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1",
            "HF_HUB_OFFLINE": "1"},
        patience=180, is_heavy=True),
    Server(
        "cog", "cog", "Cog 0.23.1", pypi("Cog", "50 MB, 10 s", "cog", "cog==0.23.1"), "check-servers/cog",
        lambda place: [place.program("python"), "-m", "cog.server.http", "--host", "127.0.0.1"], "cog_service",
        lambda place, x, timeout: post(place, "/predictions", {"input": {"x": x}}, timeout)["output"],
        # Its worker is the `python` of PATH, whichever runs the server.
        environment=lambda place: with_path(place) | {
            "PORT": str(place.port), "COG_PREDICT_TYPE_STUB": place.path("cog_service.py") + ":Predictor"}),
    Server(
        "wyoming", "wyoming", "wyoming 1.10.2", pypi("wyoming", "26 MB, 10 s", "wyoming", "wyoming==1.10.2"),
        "check-servers/wyoming",
        lambda place: python(place, "wyoming_service", "--uri", f"tcp://127.0.0.1:{place.port}"), "wyoming_service",
        ask_wyoming),
    Server(
        "whisper", "whisper-server", "whisper.cpp 1.8.5", ["install_whisper_server"], "check-servers/whisper",
        lambda place: [
            place.program("whisper-server"), "-m", place.path("model"), "--host", "127.0.0.1", "--port", str(place.port),
            "--no-timestamps", "-t", "1"], "whisper_model",
        ask_whisper, prepare=writes_model(None, "whisper_model"),
        model_file="model", damage=cut("model", 0.6), complaint="not all tensors loaded from model file",
        # It has eight threads, and each waits for the one inference that runs.
        requests_when_busy=9, is_heavy=True),
    Server(
        "llama", "llama-server", "llama.cpp b11434", ["install_llama_server"], "check-servers/llama",
        lambda place: [
            place.program("llama-server"), "-m", place.path("model"), "--host", "127.0.0.1", "--port", str(place.port),
            "--alias", MODEL, "-c", "4096", "-np", "1", "-t", "1", "--threads-http", "2"], "llama_model",
        ask_llama, prepare=writes_model("python", "llama_model"),
        model_file="model", damage=cut("model", 0.6), complaint="data is not within the file bounds",
        requests_when_busy=3, is_heavy=True),
    Server(
        "sherpa-onnx", "sherpa-onnx", "sherpa-onnx 2.0.1",
        pypi("sherpa-onnx", "some minutes", "sherpa-onnx", "sherpa-onnx-bin==2.0.1", "onnx==1.23.2"),
        "check-servers/sherpa-onnx",
        lambda place: [
            place.program("sherpa-onnx-offline-websocket-server"), f"--port={place.port}",
            f"--tokens={place.path('model/tokens.txt')}", f"--tdnn-model={place.path('model/model.onnx')}",
            # The model takes one input at a time.
            "--max-batch-size=1", "--num-threads=1", "--num-work-threads=1"], "sherpa_model",
        ask_sherpa, prepare=writes_model("python", "sherpa_model"),
        model_file="model.onnx", damage=lambda place: place.write("model/tokens.txt", "A 1\n"),
        complaint="We expect that tokens.txt contains the symbol <blk> or <eps> or <blank>",
        requests_when_busy=2, is_heavy=True),
]
