import numpy
import triton_python_backend_utils as backend
from tiny import Tiny


class TritonPythonModel:
    def initialize(self, arguments):
        self.model = Tiny()

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        value = self.model.predict(int(backend.get_input_tensor_by_name(request, "x").as_numpy()[0]))
        return backend.InferenceResponse([backend.Tensor("y", numpy.array([value], dtype=numpy.int64))])
