#!/usr/bin/env bash
# What a running ONNX Runtime session answers after the file with its weights has been overwritten.
#
# The guess: a session has read its model when it is created; files that are copied over it count at the next start.
# What happens: weights in a file of their own (external data, the only form beyond 2 GB) may be mapped into memory.
#   Written in place, as `cp NEW weights.bin` does, they change the answers of the session that runs, with no error.
#   A file that is renamed over it, as `mv` and `install` do, changes nothing until the next start.
# So: the digest of a model's files at the start says what the server answers with only if files are replaced by
#   renaming.
# Packages: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6
# Seen on 2026-11-30, Linux, Python 3.11 (a model that adds its weights, 2, to the 1 that it is given):
#   at first: 3
#   after a file of 40s was renamed over the weights: 3
#   a new session: 41
#   after that one's file was overwritten with 70s: 71
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 >&2 || exit 77

cat >"$work/measure.py" <<'END'
import os, sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

os.chdir(sys.argv[1])
WIDTH = 4096


def weights(value):
    return numpy.full((1, WIDTH), value, numpy.float32)


def answer(session):
    return float(session.run(None, {"x": weights(1)})[0][0, 0])


def open_session():
    return onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])


shape = [1, WIDTH]
graph = helper.make_graph(
    [helper.make_node("Add", ["x", "weights"], ["y"])], "adder",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    [numpy_helper.from_array(weights(2), "weights")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.save_model(model, "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)

session = open_session()
first = answer(session)
weights(40).tofile("new.bin")
os.replace("new.bin", "weights.bin")
renamed = answer(session)
session = open_session()
second = answer(session)
with open("weights.bin", "r+b") as file:
    file.write(weights(70).tobytes())
overwritten = answer(session)

print(f"at first: {first:g}")
print(f"after a file of 40s was renamed over the weights: {renamed:g}")
print(f"a new session: {second:g}")
print(f"after that one's file was overwritten with 70s: {overwritten:g}")
sys.exit(0 if (first, renamed, second, overwritten) == (3, 3, 41, 71) else "changed")
END

"$work/venv/bin/python" "$work/measure.py" "$work"
