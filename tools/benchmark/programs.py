"""The programs that are measured, and the journals that they are measured on."""
import functools
import glob
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@functools.cache
def folder():
    """Where the release build is, which is made first."""
    built = subprocess.run([os.path.join(ROOT, "tools", "build-release"), "lifecycle-benchmark", "modeljournal"],
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    return os.path.dirname(built.strip())


def program():
    return os.path.join(folder(), "modeljournal")


def benchmark():
    return os.path.join(folder(), "lifecycle-benchmark")


def floor(place):
    """floor.c, compiled."""
    source, result = os.path.join(ROOT, "tools", "benchmark", "floor.c"), os.path.join(place, "floor")
    compiler = next(filter(shutil.which, ("cc", "clang", "gcc")), None)
    if compiler is None:
        raise SystemExit("a C compiler is needed for the floor of appends")
    subprocess.run([compiler, "-O2", "-o", result, source, "-lsqlite3"], check=True)
    return result


def make(path, transitions, models, seed):
    """The journal with so many transitions; an older one of the same size and seed is taken as it is."""
    if not os.path.exists(path):
        unfinished = path + ".unfinished"
        remove_journal(unfinished)
        subprocess.run([benchmark(), "make", unfinished, str(transitions), str(models), str(seed)], check=True)
        for end in ("-engines", ""):
            if os.path.exists(unfinished + end):
                os.rename(unfinished + end, path + end)
    return path


def remove_journal(path):
    for name in glob.glob(glob.escape(path) + "*"):
        shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
