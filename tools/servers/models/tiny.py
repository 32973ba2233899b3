"""A model for every server that loads Python. Environment variables say how its load goes.

TINY_LOAD_SECONDS   the load sleeps for this long
TINY_LOAD_ERROR     the load raises BadWeights with this message
TINY_LOADED         the load writes its process ID to this file when it succeeds
"""
import os
import time


class BadWeights(Exception):
    pass


class Tiny:
    def __init__(self):
        time.sleep(float(os.environ.get("TINY_LOAD_SECONDS", "0")))
        message = os.environ.get("TINY_LOAD_ERROR")
        if message:
            raise BadWeights(message)
        with open(os.environ["TINY_LOADED"], "w") as file:
            file.write(str(os.getpid()))

    def predict(self, milliseconds):
        """Computes for that time and never waits. The answer is twice the input."""
        end = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end:
            pass
        return 2 * milliseconds
