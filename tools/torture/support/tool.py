"""The frame of each tool: its options, its seed, and the figures at its end."""
import argparse
import concurrent.futures
import json
import os
import random
import sys
import tempfile
import time


class Tool:
    """Sizes, seed and figures of one tool.

    description: the tool's own text, which --help shows.
    sizes: name of an option to (size in continuous integration, long size, what it counts).
    """

    def __init__(self, description, sizes, add_options=lambda parser: None):
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--long", action="store_true", help="the long sizes, for hours")
        for name, (short, long, what) in sizes.items():
            parser.add_argument(f"--{name}", type=int, metavar="N", help=f"{what} ({short}; {long} with --long)")
        parser.add_argument("--seed", type=int, help="what chance decides; printed, and chosen anew without it")
        parser.add_argument("--json", metavar="FILE", help="write the figures to it")
        parser.add_argument("--keep", metavar="DIR", help="keep the journals of failed cycles there")
        add_options(parser)
        self.options = parser.parse_args()
        if self.options.keep:
            os.makedirs(self.options.keep, exist_ok=True)
        self.size = {}
        for name, (short, long, _) in sizes.items():
            given = getattr(self.options, name.replace("-", "_"))
            self.size[name] = given if given is not None else long if self.options.long else short
        self.seed = self.options.seed if self.options.seed is not None else random.randrange(1 << 32)
        self.name = os.path.basename(sys.argv[0])
        self.figures = []
        self.started = time.monotonic()
        print(f"{self.name}: seed {self.seed}, " + ", ".join(f"{n} {s}" for n, s in self.size.items()), flush=True)

    def chance(self, *what):
        """A generator of its own for each part of the work, so that one cycle can be seen again by itself."""
        return random.Random(f"{self.seed} {what}")

    def each(self, count, body, workers=None):
        """Calls `body(index, folder)` for each index, several at once; what it returns, in order.

        The folder is empty, and gone afterwards. An exception of the body ends the tool.
        """
        def one(index):
            with tempfile.TemporaryDirectory(prefix=f"torture-{self.name}-") as folder:
                return body(index, folder)

        with concurrent.futures.ThreadPoolExecutor(workers or os.cpu_count()) as pool:
            pending = [pool.submit(one, index) for index in range(count)]
            shown = time.monotonic()
            results = []
            try:
                for index, future in enumerate(pending):
                    results.append(future.result())
                    if time.monotonic() - shown > 30:
                        shown = time.monotonic()
                        print(f"{self.name}: {index + 1} of {count}", flush=True)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
            return results

    def fault(self, text):
        print(f"{self.name}: FAULT: {text}", flush=True)

    def figure(self, promise, cycles, lost, note="", unit="cycles", is_kept=None):
        """One row of the table in docs/reliability.md.

        cycles, lost: how often the promise was tried, and how often it was broken.
        is_kept: whether the figure is as it should be, where that is not `lost == 0`.
        """
        kept = (lost == 0 and cycles > 0) if is_kept is None else is_kept
        self.figures.append({"tool": self.name, "promise": promise, "cycles": cycles, "unit": unit, "lost": lost,
                             "note": note, "kept": kept, "seed": self.seed})
        print(f"{self.name}: {promise}: {cycles:,} {unit}, {lost:,} broken" + (f"; {note}" if note else "")
              + ("" if kept else "  <-- NOT AS PROMISED"), flush=True)

    def skip(self, promise, why):
        """Where this machine cannot try a promise."""
        self.figures.append({"tool": self.name, "promise": promise, "cycles": 0, "unit": "cycles", "lost": 0,
                             "note": f"not tried: {why}", "kept": None, "seed": self.seed})
        print(f"{self.name}: {promise}: not tried: {why}", flush=True)

    def finish(self):
        """Writes the figures; exits with 1 where a promise was not kept."""
        seconds = time.monotonic() - self.started
        if self.options.json:
            with open(self.options.json, "w") as file:
                json.dump({"tool": self.name, "seconds": round(seconds, 1), "figures": self.figures}, file, indent=1)
        print(f"{self.name}: {seconds:.0f} s", flush=True)
        sys.exit(1 if any(figure["kept"] is False for figure in self.figures) else 0)
