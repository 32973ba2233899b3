#!/usr/bin/env bash
# What PocketSphinx 5 hears in a second of digital silence.
#
# The guess: nothing. 0.8 and 5prealpha drop silence before the search, and answer with an empty text.
# What happens: it hears a word. Release 5 searches silence too. With its English model (`-cmn batch`) it takes the mean of
#   the frames with positive energy; silence has none, and 0 / 0 is not a number in every feature. There is no warning, the
#   decoder's mean reads nan, and the next utterance is heard correctly. Quiet noise, which has energy, is no word.
# So: check a mean that reads nan before you believe a transcript, and send a warm-up something other than zeros if its
#   answer matters.
# Packages: pocketsphinx 5.1.1, numpy 2.4.6
# Seen on 2026-11-30, Linux, Python 3.11:
#   zeros: a word, mean nan
#   ones: a word, mean nan
#   noise: no word, mean a number
#   zeros again: a word, mean nan
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q pocketsphinx==5.1.1 numpy==2.4.6 >&2 || exit 77

cat >"$work/measure.py" <<'END'
import sys

import numpy
from pocketsphinx import Decoder

SECOND = 16000


def heard(decoder, samples):
    decoder.start_utt()
    decoder.process_raw(samples.astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    text = decoder.hyp().hypstr if decoder.hyp() else ""
    print(f"{text!r}, mean {decoder.get_cmn(False)}", file=sys.stderr)
    return f"{'a' if text else 'no'} word, mean {'nan' if 'nan' in decoder.get_cmn(False) else 'a number'}"


decoder = Decoder(loglevel="FATAL")
zeros = numpy.zeros(SECOND)
noise = numpy.random.default_rng(1).integers(-100, 101, SECOND)
seen = [
    (name, heard(decoder, samples))
    for name, samples in [("zeros", zeros), ("ones", zeros + 1), ("noise", noise), ("zeros again", zeros)]
]
for name, what in seen:
    print(f"{name}: {what}")
silent, other = "a word, mean nan", "no word, mean a number"
sys.exit(0 if [what for _, what in seen] == [silent, silent, other, silent] else "changed")
END

"$work/venv/bin/python" "$work/measure.py"
