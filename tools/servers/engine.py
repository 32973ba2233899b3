"""One `modeljournal run` with a real server, and what happened in it."""
import atexit
import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid

from .catalog import MODEL
from .processes import Watch

READY = re.compile(r"model ready|is READY")
LOST = re.compile(r"failed in READY")


# Those that run: none of them outlives this program, unless that is killed.
running = set()


@atexit.register
def end_running():
    for engine in list(running):
        engine.end_all(0)


class Engine:
    def __init__(self, program, server, place, options=(), variables=None):
        self.program, self.server, self.place = program, server, place
        self.journal = place.path("journal.sqlite")
        self.loaded = place.path("loaded")
        mark = f"TINY_MARK={uuid.uuid4()}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MODELJOURNAL_")}
        environment |= {"TINY_LOADED": self.loaded, "PYTHONPATH": place.folder} | server.environment(place)
        environment |= dict([mark.split("=")]) | (variables or {})
        self.watch = Watch(mark)
        self.lines, self.ready, self.lost = [], threading.Event(), threading.Event()
        # What the first request at the instant of READY got, and when that was.
        self.first, self.was_loaded, self.ready_after = None, None, None
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [program, "run", "--journal", self.journal, "--model", MODEL, "--preset", server.preset, "--probe-interval",
             "100ms", "--startup-timeout", f"{server.patience}s", *options, "--", *server.command(place)],
            cwd=place.folder, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace")
        running.add(self)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            if READY.search(line) and not self.ready.is_set():
                self.was_loaded = self.server.is_native or os.path.exists(self.loaded)
                self.ready_after = time.monotonic() - self.begin
                self.first = self.ask(1, 20)
                self.ready.set()
            if LOST.search(line):
                self.lost.set()
            self.lines.append(line)

    def ask(self, x, timeout):
        """None if the answer is right; otherwise what went wrong."""
        try:
            answer = self.server.ask(self.place, x, timeout)
        except Exception as error:  # noqa: BLE001: every kind of failure is a result here
            return f"{type(error).__name__}: {error}"[:200]
        return None if answer == 2 * x else f"the answer is {answer}, not {2 * x}"

    def until_ready(self, seconds=None):
        """Whether it was READY before it ended."""
        end = time.monotonic() + (seconds or self.server.patience + 30)
        while not self.ready.wait(0.05):
            if self.process.poll() is not None:
                # The last line may still be on its way.
                self.reader.join()
                return self.ready.is_set()
            if time.monotonic() > end:
                return False
        return True

    def until_end(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self.reader.join()
        return self.process.returncode

    def stop(self):
        """Its exit status; None if it does not end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.until_end(60)

    @property
    def worker(self):
        """The process that has the model."""
        if self.server.is_native:
            program = self.server.command(self.place)[0]
            return next(pid for pid, name in self.watch.look().items() if name.startswith(program[:80]))
        with open(self.loaded) as file:
            return int(file.read())

    def report(self, *arguments):
        answer = subprocess.run([self.program, *arguments, "--journal", self.journal, "-o", "json"],
                                capture_output=True, text=True, errors="replace", timeout=60)
        return json.loads(answer.stdout) if answer.stdout.strip() else None

    @property
    def state(self):
        return (self.report("status") or [{}])[0].get("state")

    @property
    def cause(self):
        return (self.report("postmortem") or {}).get("cause", "")

    @property
    def notes(self):
        return [note["message"] for note in (self.report("show", "-1") or {}).get("notes", []) if note["message"]]

    def end_all(self, seconds=15):
        """Ends what still runs; returns the processes that did not end by themselves after the engine."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        left = self.watch.until_gone(seconds)
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.watch.stop()
        running.discard(self)
        return left
