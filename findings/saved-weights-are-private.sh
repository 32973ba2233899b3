#!/usr/bin/env bash
# Who may read a file of weights that has just been saved.
#
# The guess: a saved file gets the mode that the umask leaves, 0644 as a rule, as with every program that opens a file to
#   write it. A file that is saved again keeps the mode that it has.
# What happens: safetensors' save_file and onnx's save_model, for weights in a file of their own, write mode 0600
#   whatever the umask is. The same model's .onnx beside it, a GGUF file and an .npz get 0644. safetensors also replaces
#   a file that is there, so a mode that was set with chmod is 0600 again after the next save.
# So: weights that one user saves cannot be opened by the server of another user ("Permission denied", or a model that is
#   "not found"): set the mode after each save, or give the server's group an ACL on the directory.
# Packages: safetensors 0.8.0, onnx 1.23.2, gguf 0.19.0, numpy 2.4.6
# Seen on 2026-11-30, Linux, Python 3.11 (umask 022):
#   a.gguf          644
#   a.npz           644
#   a.onnx          644
#   a.onnx.data     600
#   a.safetensors   600
#   a.safetensors after chmod 644 and the next save: 600, another file
#
# Exit: 0 as stated, 1 if it has changed, 77 if it cannot be tried.
set -u

work=$(mktemp -d) || exit 77
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q safetensors==0.8.0 onnx==1.23.2 gguf==0.19.0 numpy==2.4.6 >&2 || exit 77

cat >"$work/measure.py" <<'END'
import os, sys

import gguf
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

os.chdir(sys.argv[1])
os.umask(0o022)
weights = numpy.ones(4, dtype=numpy.float32)

save_file({"a": weights}, "a.safetensors")
numpy.savez("a.npz", a=weights)
writer = gguf.GGUFWriter("a.gguf", "llama")
writer.add_tensor("a", weights)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("x", "y")]
graph = helper.make_graph(
    [helper.make_node("Add", ["x", "w"], ["y"])], "g", value[:1], value[1:], [numpy_helper.from_array(weights, "w")])
onnx.save_model(
    helper.make_model(graph), "a.onnx", save_as_external_data=True, location="a.onnx.data", size_threshold=0)

files = ["a.gguf", "a.npz", "a.onnx", "a.onnx.data", "a.safetensors"]
seen = {name: f"{os.stat(name).st_mode & 0o777:o}" for name in files}
for name, mode in seen.items():
    print(f"{name:15} {mode}")
os.chmod("a.safetensors", 0o644)
before = os.stat("a.safetensors")
save_file({"a": weights}, "a.safetensors")
after = os.stat("a.safetensors")
again = f"{after.st_mode & 0o777:o}, {'the same' if before.st_ino == after.st_ino else 'another'} file"
print(f"a.safetensors after chmod 644 and the next save: {again}")
expected = dict(zip(files, ["644", "644", "644", "600", "600"]))
sys.exit(0 if seen == expected and again == "600, another file" else "changed")
END

mkdir "$work/models"
"$work/venv/bin/python" "$work/measure.py" "$work/models"
