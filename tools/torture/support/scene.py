"""One place for the program to work in, and what no command may do there, whatever it is given."""
import json
import os
import re
import signal
import stat
import subprocess

from . import programs

PATIENCE = 10
STATUSES = {0, 1, 64, 65, 66, 69, 73, 74, 75, 77}
JOURNAL = "journal.sqlite"
# What the program says on standard error: a refusal or a remark of its own, or a line of `run`'s log.
OWN_LINE = re.compile(r"modeljournal: ")
LOG_LINE = re.compile(r"(\d\d:\d\d:\d\d\.\d{3} |modeljournal: |.* is READY |\{)")
# Controls, and what reorders or hides the text around it; the end of a line is none of them.
DANGEROUS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Scene:
    """A folder with the file, and places of its own for whatever the program might leave elsewhere."""

    def __init__(self, folder):
        self.folder = folder
        self.place = os.path.join(folder, "place")
        self.path = os.path.join(self.place, JOURNAL)
        self.elsewhere = [os.path.join(folder, name) for name in ("home", "xdg", "tmp", "cwd")]
        for name in [self.place] + self.elsewhere:
            os.mkdir(name)
        home, xdg, tmp, self.cwd = self.elsewhere
        self.environment = programs.environment(
            HOME=home, TMPDIR=tmp, SQLITE_TMPDIR=tmp, NO_COLOR="1", TZ="UTC", XDG_STATE_HOME=xdg, XDG_DATA_HOME=xdg,
            XDG_CONFIG_HOME=xdg, XDG_CACHE_HOME=xdg, XDG_RUNTIME_DIR=xdg)

    def ask(self, arguments, end_after=None, stdout=subprocess.PIPE):
        """An answer; its `returncode` is None where there is none in time.

        end_after: seconds after which it is asked to end, where it may go on for as long as it likes.
        """
        process = subprocess.Popen([programs.program("modeljournal")] + arguments, stdin=subprocess.DEVNULL,
                                   stdout=stdout, stderr=subprocess.PIPE, cwd=self.cwd, env=self.environment,
                                   start_new_session=True)
        try:
            try:
                out, err = process.communicate(timeout=PATIENCE if end_after is None else end_after)
            except subprocess.TimeoutExpired:
                if end_after is None:
                    raise
                process.terminate()
                out, err = process.communicate(timeout=PATIENCE)
            status = process.returncode
        except subprocess.TimeoutExpired:
            # With all that it has started: a model's process would keep the pipes open.
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            status = None
        if end_after is not None and status == -signal.SIGTERM:
            # Whatever has nothing to tidy up ends as a signal ends a process.
            status = 0
        return subprocess.CompletedProcess(arguments, status, out or b"", err.decode(errors="surrogateescape"))

    def seen(self):
        """What lies in the place, by name: the bytes of each file, the kind of all else."""
        found = {}
        for name in sorted(os.listdir(self.place)):
            path = os.path.join(self.place, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    found[name] = file.read()
            else:
                found[name] = stat.S_IFMT(mode)
        return found

    def left_elsewhere(self):
        return [os.path.join(os.path.basename(place), name) for place in self.elsewhere for name in os.listdir(place)]


def ordinary_faults(answer, line_form=OWN_LINE):
    """What no command may do, whatever it is given."""
    if answer.returncode is None:
        return [f"no end within {PATIENCE} seconds"]
    if answer.returncode not in STATUSES:
        # A Swift program says where it stopped, somewhere in its last words.
        place = re.search(r"Fatal error[^\n]*|[^ /]+\.swift:\d+", answer.stderr)
        return [f"status {answer.returncode}, {place.group() if place else 'without a word'}"]
    faults = []
    # What other line ends there are is found below.
    lines = answer.stderr.removesuffix("\n").split("\n") if answer.stderr else []
    # A remark may stand before it: say, that nothing was recorded, as far as could be read.
    if answer.returncode not in (0, 1) and (
            len(lines) not in (1, 2) if line_form is OWN_LINE else not any(OWN_LINE.match(line) for line in lines)):
        faults.append(f"{len(lines)} lines on standard error, of which one should say why")
    faults += [f"a line on standard error is none of its own: {line!r:.200}" for line in lines
               if not line_form.match(line)][:2]
    if DANGEROUS.search(answer.stderr):
        faults.append(f"a control character on standard error: {answer.stderr!r:.300}")
    return faults + output_faults(answer)


def form_of(arguments):
    """The form of what is printed that a line asks for."""
    form = "ndjson" if arguments[:1] == ["export"] else "text"
    for place, word in enumerate(arguments[:-1]):
        if word in ("-o", "--output"):
            form = arguments[place + 1]
    for word in arguments:
        if word.startswith(("--output=", "-o=")):
            form = word.partition("=")[2]
    return form


def output_faults(answer):
    """Whether what was printed is of the form that was asked for."""
    text = answer.stdout.decode(errors="surrogateescape")
    # Help and the version have one form only.
    form = "text" if re.match(r"OVERVIEW: |USAGE: |\d+\.\d+\.\d+\n$", text) else form_of(answer.args)
    if any("\udc80" <= character <= "\udcff" for character in text):
        return ["what was printed is not UTF-8"]
    if "always" in " ".join(answer.args):
        # Colours that were asked for.
        text = re.sub("\x1b\\[[0-9;]*m", "", text)
    if form == "text" and (found := DANGEROUS.search(text)):
        return [f"a control character in the text: {text[max(0, found.start() - 60):found.end() + 20]!r}"]
    try:
        if form == "json" and text:
            json.loads(text, parse_constant=reject)
        if form == "ndjson":
            for line in text.split("\n"):
                if line and not isinstance(json.loads(line, parse_constant=reject), dict):
                    return [f"a line that is no object: {line:.100}"]
    except (ValueError, RecursionError) as error:
        return [f"what was printed is no JSON: {error}"]
    return []


def reject(constant):
    raise ValueError(constant)


def words(answer):
    """A command and what it answered, shortly."""
    command = " ".join(answer.args)
    return (f"modeljournal {command:.300}\n    status {answer.returncode}; stderr {answer.stderr!r:.400}; "
            f"stdout {answer.stdout!r:.200}")
