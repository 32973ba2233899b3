"""A model for every server that loads Python. Environment variables say how its load goes.

TINY_LOAD_SECONDS   the load sleeps for this long
TINY_LOAD_ERROR     the load raises BadWeights with this message
TINY_EARLY_PORT     before it loads, it serves metrics on this port, where every path answers 200
TINY_LOADED         the load writes its process ID to this file when it succeeds
"""
import http.server
import os
import threading
import time


class Metrics(http.server.BaseHTTPRequestHandler):
    """Answers every path, as the server of prometheus_client does."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"# TYPE tiny_requests_total counter\ntiny_requests_total 0\n")

    def log_message(self, *_):
        pass


class BadWeights(Exception):
    pass


class Tiny:
    def __init__(self):
        port = os.environ.get("TINY_EARLY_PORT")
        if port:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Metrics)
            threading.Thread(target=server.serve_forever, daemon=True).start()
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
