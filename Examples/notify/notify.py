"""A model server that tells its own phases: modeljournal run --probe notify -- python3 notify.py"""
import os, socket, time

def notify(*lines):
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto("\n".join(lines).encode(), path)

notify("STATUS=reading the weights", "EXTEND_TIMEOUT_USEC=60000000")
time.sleep(0.3)  # In the place of the load.
notify("X_MODELJOURNAL_STATE=WARMING_UP")
time.sleep(0.1)  # In the place of the first inference.
notify("READY=1", "STATUS=serving")
time.sleep(600)  # In the place of the work; SIGTERM ends it.
