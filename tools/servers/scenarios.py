"""What is done to each server, and what has to come of it."""
import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
import time

from .engine import Engine

ERROR = "layer3 is 384 wide, expected 512"
HOLDER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    log_message = lambda *_: None
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("listening", flush=True)
server.serve_forever()
"""


@dataclasses.dataclass
class Result:
    """Each verdict is True, False, or None if the scenario does not ask for it."""

    is_ready_true: bool | None = None
    is_cause_right: bool | None = None
    left: dict[int, str] = dataclasses.field(default_factory=dict)
    ready_after: float | None = None
    words: str = ""

    @property
    def is_fault(self):
        """READY was false, or a process is left over."""
        return self.is_ready_true is False or bool(self.left)


class Scenarios:
    def __init__(self, program, server, new_place):
        self.program, self.server, self.new_place = program, server, new_place

    def start(self, options=(), variables=None, place=None):
        return Engine(self.program, self.server, place or self.new_place(self.server), options, variables)

    def run(self, name):
        return getattr(self, name.replace("-", "_"))()

    # READY

    def good_start(self, variables=None, place=None):
        """READY, then stopped."""
        engine = self.start(variables=variables, place=place)
        result = Result()
        if self.hold_ready(engine, result):
            status = engine.stop()
            result.words = result.words or ("" if status == 0 else f"exit status {status} after SIGTERM")
        return self.finish(engine, result)

    def slow_load(self):
        """The load takes 3 s."""
        place = self.new_place(self.server)
        more = self.server.slowed(place) if self.server.is_native else {}
        result = self.good_start({"TINY_LOAD_SECONDS": "3"} | more, place)
        if result.ready_after and result.ready_after < 3:
            result.is_ready_true, result.words = False, "READY within 3 s: the load was not slow"
        return result

    def metrics_port(self):
        """The load takes 3 s, and meanwhile the server has a port for metrics that answers 200 to every path."""
        place = self.new_place(self.server)
        return self.good_start({"TINY_LOAD_SECONDS": "3", "TINY_EARLY_PORT": str(place.ports[3])}, place)

    def failing_load(self):
        """The load raises BadWeights, or finds its file damaged."""
        place = self.new_place(self.server)
        self.server.damage(place)
        engine = self.start(variables={"TINY_LOAD_ERROR": ERROR}, place=place)
        status = engine.until_end(self.server.patience + 60)
        return self.finish_failed(engine, status, self.server.complaint or f"BadWeights: {ERROR}")

    def port_taken(self):
        """Another process listens on the port, and answers 200 to everything."""
        place = self.new_place(self.server)
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(place.port)], stdout=subprocess.PIPE)
        try:
            holder.stdout.readline()
            engine = Engine(self.program, self.server, place)
            status = engine.until_end(self.server.patience + 60)
            wanted = f"pid {holder.pid} " if self.server.is_probed else "ddress already in use"
            return self.finish_failed(engine, status, wanted)
        finally:
            holder.kill()
            holder.wait()
            holder.stdout.close()

    # After READY

    def worker_killed(self):
        """kill -9 of the process that has the model."""
        engine = self.start(["--liveness-interval", "1s", "--probe-timeout", "2s"])
        result = Result()
        if self.hold_ready(engine, result):
            pid = engine.worker
            os.kill(pid, signal.SIGKILL)
            begin = time.monotonic()
            # The signal is on its way.
            while pid in engine.watch.look() and time.monotonic() < begin + 5:
                time.sleep(0.02)
            result.is_ready_true, result.words = self.after_kill(engine, begin)
            # A worker that ended is noted together with its replacement, or at the end.
            time.sleep(2)
            engine.stop()
            told = [engine.cause, *engine.notes]
            result.is_cause_right = any(re.search(rf"SIGKILL|\b{pid}\b.*ended|[Ww]orker .*died", text) for text in told)
            if not result.is_cause_right:
                result.words += "; told: " + " / ".join(told)[:300]
        return self.finish(engine, result)

    def after_kill(self, engine, begin):
        """It has to serve again, or to leave READY."""
        complaint = ""
        while time.monotonic() < begin + 60:
            if engine.lost.is_set() or engine.process.poll() is not None:
                return True, f"left READY within {time.monotonic() - begin:.1f} s"
            complaint = engine.ask(1, 5)
            if complaint is None:
                return True, f"READY; serves again after {time.monotonic() - begin:.1f} s"
            time.sleep(0.2)
        return False, f"READY for 60 s; each request fails: {complaint}"

    def engine_killed(self):
        """kill -9 of modeljournal."""
        engine = self.start()
        result = Result()
        if self.hold_ready(engine, result):
            engine.process.kill()
            engine.process.wait()
            begin = time.monotonic()
            result.left = engine.end_all()
            result.words = f"all ended after {time.monotonic() - begin:.1f} s"
        return self.finish(engine, result)

    def busy(self):
        """Requests compute for 8 s on every thread; probes time out after 0.5 s, and two of them end READY."""
        engine = self.start(["--probe-timeout", "500ms", "--liveness-interval", "500ms", "--liveness-failures", "2"])
        result = Result()
        if self.hold_ready(engine, result):
            answers = []
            requests = [threading.Thread(target=lambda: answers.append(engine.ask(8000, 180)))
                        for _ in range(self.server.requests_when_busy)]
            for request in requests:
                request.start()
            for request in requests:
                request.join()
            again = engine.ask(1, 20)
            state = engine.state
            result.is_ready_true = state == "READY" and not any(answers) and again is None
            if not result.is_ready_true:
                complaint = next(filter(None, answers), None)
                result.words = f"{state}; the long request: {complaint}; the next: {again}; {engine.cause}"
            elif notes := [note for note in engine.notes if "busy" in note]:
                result.words = notes[0]
            engine.stop()
        return self.finish(engine, result)

    # Parts

    @staticmethod
    def hold_ready(engine, result):
        """Whether it became READY; a request in that instant has to succeed, with the model loaded."""
        if not engine.until_ready():
            result.words = f"never READY: {engine.cause or ''.join(engine.lines)[-300:]}"
            result.is_ready_true = None
            result.is_cause_right = False
            return False
        result.ready_after = engine.ready_after
        result.is_ready_true = engine.first is None and engine.was_loaded
        if engine.first:
            result.words = f"a request in the instant of READY: {engine.first}"
        elif not engine.was_loaded:
            result.words = "READY before the model was loaded"
        return result.is_ready_true

    def finish_failed(self, engine, status, wanted):
        result = Result(is_cause_right=False, words=engine.cause)
        if engine.ready.is_set():
            result.is_ready_true, result.words = False, f"READY without a model: {engine.first}"
        elif status != 1:
            result.words = f"exit status {status}; {engine.cause}"
        else:
            result.is_ready_true, result.is_cause_right = True, wanted in engine.cause
        return self.finish(engine, result)

    @staticmethod
    def finish(engine, result):
        result.left = result.left or engine.end_all()
        return result


NAMES = ["good-start", "slow-load", "metrics-port", "failing-load", "port-taken", "worker-killed", "engine-killed", "busy"]
