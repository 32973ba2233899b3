"""The processes of one run: those that got its mark from the engine, and all that these have started."""
import os
import threading
import time


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def table():
    """PID → (parent, start, state) of all processes."""
    result = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = read(f"/proc/{name}/stat").rpartition(b") ")[2].split()
            if len(fields) > 19:
                result[int(name)] = (int(fields[1]), int(fields[19]), fields[0].decode())
    return result


class Watch:
    """Looks again and again, as a process whose parent has ended is found by its mark alone, if it still has that."""

    def __init__(self, mark):
        self.mark = mark.encode()
        self.known, self.others = {}, set()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.over.wait(0.2):
            self.look()

    def look(self):
        """PID → name of those that run now."""
        with self.lock:
            now = table()
            pending = set(now)
            while pending:
                found = {pid for pid in pending if self.is_own(pid, *now[pid][:2])}
                if not found:
                    break
                for pid in found:
                    self.known.setdefault((pid, now[pid][1]), self.name(pid))
                pending -= found
            return {pid: name for (pid, start), name in self.known.items()
                    if pid in now and now[pid][1] == start and now[pid][2] not in "ZX"}

    def is_own(self, pid, parent, start):
        if (pid, start) in self.known or any(parent == other for other, _ in self.known):
            return True
        if (pid, start) in self.others:
            return False
        if self.mark in read(f"/proc/{pid}/environ"):
            return True
        # Between fork and exec it has no environment of its own yet.
        if time.monotonic() - self.begin(start) > 5:
            self.others.add((pid, start))
        return False

    @staticmethod
    def begin(start):
        return start / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def name(pid):
        return read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode(errors="replace").strip()[:80]

    def until_gone(self, seconds):
        """Those that still run after that time."""
        end = time.monotonic() + seconds
        while (left := self.look()) and time.monotonic() < end:
            time.sleep(0.1)
        return left

    def stop(self):
        self.over.set()
        self.thread.join()
