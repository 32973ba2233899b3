"""The lines of a benchmark: ours, what it is measured against, and the ratio of both, from one run."""
import statistics
import subprocess
import time


def figure(value):
    """Four digits, and never a power of ten."""
    return f"{float(f'{value:.4g}'):,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


class Table:
    def __init__(self):
        self.lines = []

    def add(self, what, ours, other, against, target, unit="ms", ratio=None):
        """One line.

        ours, other: figures in the unit; other is None where only the figure itself has a target.
        target: (the largest ratio, or figure, that is met; True where larger is better); None for none.
        """
        value = ratio if ratio is not None else ours if other is None else ours / other
        wanted = met = ""
        if target:
            limit, larger_is_better = target
            met = "met" if (value >= limit if larger_is_better else value <= limit) else "not met"
            wanted = f"{'≥' if larger_is_better else '≤'} {figure(limit)}" + (f" {unit}" if other is None else " ×")
        self.lines.append((
            what, f"{figure(ours)} {unit}", "" if other is None else f"{figure(other)} {unit}", against,
            "" if other is None else f"{value:.2f} ×", wanted, met))
        print(f"    {what}: {' '.join(self.lines[-1][1:])}", flush=True)

    def over(self, old):
        """The lines of an older table in Markdown, with these in the place of those that they measure again."""
        result = Table()
        rest = {(line[0], line[3]): line for line in self.lines}
        # The first two are the head.
        for text in old[2:]:
            line = tuple(cell.strip() for cell in text.strip()[1:-1].split("|"))
            result.lines.append(rest.pop((line[0], line[3]), line))
        result.lines += rest.values()
        return result

    def text(self):
        """A table in Markdown."""
        rows = [("what", "ours", "other", "other is", "ratio", "target", ""),
                ("---", "---:", "---:", "---", "---:", "---:", "---")]
        return "".join("| " + " | ".join(row) + " |\n" for row in rows + self.lines)


def seconds(command, status=(0,), **options):
    begun = time.perf_counter()
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, **options)
    elapsed = time.perf_counter() - begun
    if result.returncode not in status:
        raise SystemExit(f"{' '.join(command)[:200]}: status {result.returncode}: {result.stderr.decode()[:300]}")
    return elapsed


def medians(commands, rounds, status=(0,)):
    """Milliseconds of each whole process; the commands take turns, as what disturbs the machine disturbs all."""
    times = [[] for _ in commands]
    for command in commands:
        seconds(command, status)
    for _ in range(rounds):
        for place, command in zip(times, commands):
            place.append(seconds(command, status) * 1000)
    return [statistics.median(place) for place in times]
