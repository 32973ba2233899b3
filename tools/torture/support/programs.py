"""The built programs, and a writer of a journal that can be stopped and killed."""
import functools
import os
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


@functools.cache
def folder():
    """Where they are; $MODELJOURNAL_BINARIES, or what `swift build` made last."""
    place = os.environ.get("MODELJOURNAL_BINARIES") or subprocess.run(
        ["swift", "build", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    if not os.path.exists(os.path.join(place, "journal-actor")):
        sys.exit(f"{place} has no built programs; build first: swift build --build-tests")
    return place


def program(name):
    return os.path.join(folder(), name)


def environment(**changes):
    """This process's, without what would lead the program to another journal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODELJOURNAL_")}
    return kept | changes


def ask(arguments, timeout=60, **options):
    """`modeljournal ARGUMENTS`, to its end."""
    return subprocess.run([program("modeljournal")] + arguments, capture_output=True, timeout=timeout,
                          text=True, errors="replace", env=environment(), **options)


class Actor:
    """A process that writes a journal as an engine does, told what to do line by line (Tests/journal-actor)."""

    def __init__(self, prefix=(), **options):
        self.process = subprocess.Popen(list(prefix) + [program("journal-actor")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=environment(), **options)
        self.last_answer = None

    def send(self, line):
        try:
            self.process.stdin.write((line + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def line(self):
        """The next line that it says; None after the last, and what a kill cut short is no line."""
        line = self.process.stdout.readline()
        return line.decode(errors="replace")[:-1] if line.endswith(b"\n") else None

    def answer(self):
        """The next line that answers something: not the greeting, and no acknowledgement."""
        while True:
            self.last_answer = self.line()
            if self.last_answer is None or self.last_answer.split(" ")[0] in ("ok", "error"):
                return self.last_answer

    def tell(self, line):
        self.send(line)
        return self.answer()

    def acknowledged(self):
        """All that it still says until its end: the transitions that it calls stored, and its errors."""
        return self.sorted(iter(self.line, None))

    def acknowledged_by_now(self):
        """The same of what it has said so far and nobody has read."""
        pipe = self.process.stdout
        os.set_blocking(pipe.fileno(), False)
        said = pipe.read() or b""
        os.set_blocking(pipe.fileno(), True)
        return self.sorted(said.decode(errors="replace").split("\n")[:-1])

    @staticmethod
    def sorted(lines):
        transitions, errors = [], []
        for line in lines:
            words = line.split(" ")
            if words[0] == "ack":
                transitions.append((words[1], int(words[2]), words[3]))
            elif words[0] == "error":
                errors.append(line)
        return transitions, errors

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def end(self):
        """Ends its input, or kills it where that does not help; returns when it is gone."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.end()
