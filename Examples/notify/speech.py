#!/usr/bin/env python3
"""A speech model in this process, with its own phases in the journal. It needs `pip install pocketsphinx==5.1.1`.

    modeljournal run --model en-us --probe notify -- python3 speech.py [HMM_FOLDER]

It reads raw audio (16 bits, mono, 16,000 samples a second) from standard input and writes what it hears.
"""
import os
import signal
import socket
import sys


def notify(*lines):
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto("\n".join(lines).encode(), path)


def load(folder):
    import pocketsphinx  # Its own import is a part of the load.

    settings = {"hmm": folder} if folder else {}
    return pocketsphinx.Decoder(samprate=16000, **settings)


def hear(decoder, audio):
    decoder.start_utt()
    decoder.process_raw(audio, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr if found else ""


def main():
    notify("STATUS=loading the acoustic model")
    try:
        decoder = load(sys.argv[1] if len(sys.argv) > 1 else None)
        notify("X_MODELJOURNAL_STATE=WARMING_UP", "STATUS=decoding a second of silence")
        hear(decoder, bytes(32000))
    except Exception as error:
        notify(f"X_MODELJOURNAL_ERROR={type(error).__name__}: {error}")
        raise
    notify("READY=1", "STATUS=ready for audio")
    audio = sys.stdin.buffer.read()
    if audio:
        print(hear(decoder, audio), flush=True)
    signal.pause()  # Until SIGTERM.


main()
