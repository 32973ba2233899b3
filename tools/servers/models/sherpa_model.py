"""Writes a model for sherpa-onnx, which hears one token in every second frame, and its tokens.txt.

Usage: sherpa_model.py FOLDER

It has the shape of a TDNN of icefall's yesno recipe: features in, log probabilities out. A frame of 10 ms takes it some
ms on one core, so long audio keeps a thread busy. The work is a product of matrices in a loop that cannot be folded.
"""
import os
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH = 320
STEPS_IN_A_FRAME = 8


def constant(name, value, kind):
    return numpy_helper.from_array(numpy.array(value, kind), name)


def body():
    """One step: state = tanh(state × weights)."""
    shape = [WIDTH, WIDTH]
    return helper.make_graph(
        [helper.make_node("MatMul", ["state", "weights"], ["product"]),
         helper.make_node("Tanh", ["product"], ["next"]),
         helper.make_node("Identity", ["go"], ["go_on"])],
        "step",
        [helper.make_tensor_value_info("step", TensorProto.INT64, []),
         helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("state", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
         helper.make_tensor_value_info("next", TensorProto.FLOAT, shape)])


def model():
    random = numpy.random.default_rng(1)
    weights = random.standard_normal((WIDTH, WIDTH)) / WIDTH ** 0.5
    initializers = [
        constant("weights", weights, "float32"), constant("begin", random.random((WIDTH, WIDTH)), "float32"),
        constant("true", True, "bool"), constant("steps_in_a_frame", STEPS_IN_A_FRAME, "int64"),
        constant("one", 1, "int64"), constant("nothing", 0, "int64"), constant("two", 2, "int64"),
        constant("zero", 0, "float32"), constant("first", [0], "int64"),
        constant("tokens", 2, "int64"), constant("on_off", [0, 1], "float32")]
    nodes = [
        # The number of frames, and the work for them.
        helper.make_node("Shape", ["features"], ["length"], start=1, end=2),
        helper.make_node("Squeeze", ["length"], ["frames"]),
        helper.make_node("Mul", ["frames", "steps_in_a_frame"], ["steps"]),
        helper.make_node("Loop", ["steps", "true", "begin"], ["end"], body=body()),
        # Frame 0 is blank, frame 1 is the token, and so on.
        helper.make_node("Range", ["nothing", "frames", "one"], ["places"]),
        helper.make_node("Mod", ["places", "two"], ["turns"]),
        helper.make_node("OneHot", ["turns", "tokens", "on_off"], ["hot"]),
        # The result of the work belongs to the output, or it would not be done.
        helper.make_node("ReduceSum", ["end"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["no_sum"]),
        helper.make_node("Add", ["hot", "no_sum"], ["scores"]),
        helper.make_node("LogSoftmax", ["scores"], ["chances"], axis=-1),
        helper.make_node("Unsqueeze", ["chances", "first"], ["log_probs"])]
    graph = helper.make_graph(
        nodes, "tiny",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, "T", 80])],
        [helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, [1, "T", 2])], initializers)
    result = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(result, {"vocab_size": "2"})
    onnx.checker.check_model(result)
    return result


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    onnx.save(model(), f"{folder}/model.onnx")
    with open(f"{folder}/tokens.txt", "w") as file:
        file.write("<eps> 0\nA 1\n")


if __name__ == "__main__":
    main()
