#!/usr/bin/env bash
# Whether onnx.checker finds that a model's weights have not been copied as a whole.
#
# The guess: checker.check_model, given a path, checks a model with all that belongs to it. Weights in a file of their
#   own (external data, the only form beyond 2 GB) are named with their offset and length, so a shorter file is an error.
# What happens: the checker wants a file of that name and looks no further: it passes one of a single byte. Only a file
#   that is missing is an error. onnx.load and ONNX Runtime refuse the same model.
# So: a deployment that runs the checker after a copy does not know whether the copy is whole. Compare sizes or digests.
# Packages: onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4.6
# Seen on 2026-11-30, Linux, Python 3.11 (what passes?):
#   whole           checker True   onnx.load True   onnxruntime True
#   half of it      checker True   onnx.load False  onnxruntime False
#   one byte        checker True   onnx.load False  onnxruntime False
#   missing         checker False  onnx.load False  onnxruntime False
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 >&2 || exit 77

cat >"$work/measure.py" <<'END'
import os, sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

os.chdir(sys.argv[1])
weights = numpy.ones(4096, dtype=numpy.float32)
value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4096]) for name in ("x", "y")]
graph = helper.make_graph(
    [helper.make_node("Add", ["x", "w"], ["y"])], "g", value[:1], value[1:], [numpy_helper.from_array(weights, "w")])
model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 17)])
onnx.save_model(model, "a.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
whole = open("w.bin", "rb").read()
programs = {
    "checker": onnx.checker.check_model,
    "onnx.load": onnx.load,
    "onnxruntime": lambda path: onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]),
}


def passes(program):
    try:
        program("a.onnx")
        return True
    except Exception:
        return False


onnxruntime.set_default_logger_severity(4)
seen = {}
for name, size in {"whole": len(whole), "half of it": len(whole) // 2, "one byte": 1, "missing": None}.items():
    os.remove("w.bin")
    if size is not None:
        with open("w.bin", "wb") as file:
            file.write(whole[:size])
    seen[name] = [passes(program) for program in programs.values()]
    print(f"{name:15} " + " ".join(f"{program} {ok!s:6}" for program, ok in zip(programs, seen[name])).rstrip())
expected = {
    "whole": [True, True, True], "half of it": [True, False, False], "one byte": [True, False, False],
    "missing": [False, False, False],
}
sys.exit(0 if seen == expected else "changed")
END

mkdir "$work/models"
"$work/venv/bin/python" "$work/measure.py" "$work/models"
