"""What recording costs: against a C program that does the least a durable insert needs, on the same disk."""
import os
import statistics
import subprocess

from benchmark import programs

ROUNDS = 5


def run(table, folder):
    floor = programs.floor(folder)
    count = 3000
    one, bare = [], []
    for _ in range(ROUNDS):
        one.append(ours(folder, models=1, count=count)[0])
        bare.append(nanoseconds([floor, os.path.join(folder, "floor.sqlite"), str(count)]))
    # Of rounds that took turns.
    ours_mean = statistics.median(statistics.mean(times) for times in one) / 1000
    floor_mean = statistics.median(statistics.mean(times) for times in bare) / 1000
    table.add("append, one model", ours_mean, floor_mean, "one bare insert (C)", (1.25, False), "µs")
    worst = statistics.median(sorted(times)[len(times) * 99 // 100] for times in one) / 1e6
    table.add("append, one model, p99", worst, None, "", (5, False))

    count = 40_000
    rates = []
    for _ in range(ROUNDS):
        times, whole = ours(folder, models=64, count=count)
        rates.append(len(times) / whole * 1e9)
    table.add("append, 64 models in one engine", statistics.median(rates), 1e6 / floor_mean, "bare inserts (C)",
              (5, True), "rows/s")
    rivals(table, folder)


def rivals(table, folder):
    """Two engines that write as fast as they can: neither waits for long, nor for the other alone."""
    path = fresh(folder)
    command = [programs.benchmark(), "append", path, "1", "4000"]
    engines = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    answers = [engine.communicate()[0].split() for engine in engines]
    if any(engine.returncode for engine in engines):
        raise SystemExit("an engine of two failed")
    slowest = max(int(time) for answer in answers for time in answer[:-1]) / 1e6
    table.add("append, two engines, slowest", slowest, None, "", (2000, False))
    wholes = [int(answer[-1]) / 1e6 for answer in answers]
    table.add("append, two engines, whole", max(wholes), min(wholes), "the other engine", (1.5, False))


def ours(folder, models, count):
    """(each append's nanoseconds, those of the whole)"""
    numbers = nanoseconds([programs.benchmark(), "append", fresh(folder), str(models), str(count)])
    return numbers[:-1], numbers[-1]


def fresh(folder):
    path = os.path.join(folder, "append.sqlite")
    programs.remove_journal(path)
    return path


def nanoseconds(command):
    return [int(line) for line in subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()]
