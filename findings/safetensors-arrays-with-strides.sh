#!/usr/bin/env bash
# What safetensors stores of a NumPy array that is not contiguous.
#
# The guess: save_file stores the array as it is, or refuses what it cannot store; every second column and a
#   transposed array are arrays as any other, and gguf's writer stores both correctly.
# What happens: save_file takes the memory from the array's first element on and writes that. It says nothing. The file
#   is valid, has the right shape and type, and holds other elements, or the right ones in other places.
#   numpy.ascontiguousarray before save_file helps.
# So: a model that loads and passes a warm-up can still be wrong; compare its weights with what was to be saved.
# Packages: safetensors 0.8.0, numpy 2.4.6, gguf 0.19.0
# Seen on 2026-11-30, Linux, Python 3.11 (is what was read what was saved?):
#   contiguous     safetensors True   gguf True
#   every second   safetensors False  gguf True
#   transposed     safetensors False  gguf True
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q safetensors==0.8.0 numpy==2.4.6 gguf==0.19.0 >&2 || exit 77

cat >"$work/measure.py" <<'END'
import os, sys

import gguf
import numpy
from safetensors.numpy import load_file, save_file

os.chdir(sys.argv[1])


def survives_safetensors(array):
    try:
        save_file({"a": array}, "a.safetensors")
    except Exception as error:
        return f"refused: {error}"
    return bool(numpy.array_equal(load_file("a.safetensors")["a"], array))


def survives_gguf(array):
    writer = gguf.GGUFWriter("a.gguf", "llama")
    writer.add_tensor("a", array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    stored = gguf.GGUFReader("a.gguf").tensors[0].data
    return bool(numpy.array_equal(numpy.reshape(stored, array.shape), array))


plain = numpy.arange(12, dtype=numpy.float32).reshape(2, 6)
arrays = {"contiguous": plain, "every second": plain[:, ::2], "transposed": plain.T}
seen = {}
for name, array in arrays.items():
    seen[name] = survives_safetensors(array), survives_gguf(array)
    print(f"{name:14} safetensors {seen[name][0]!s:6} gguf {seen[name][1]}")
expected = {"contiguous": (True, True), "every second": (False, True), "transposed": (False, True)}
sys.exit(0 if seen == expected else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
