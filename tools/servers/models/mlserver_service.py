import mlserver
from mlserver.types import InferenceResponse, ResponseOutput
from tiny import Tiny


class Model(mlserver.MLModel):
    async def load(self):
        self.model = Tiny()
        return True

    async def predict(self, payload):
        value = self.model.predict(payload.inputs[0].data[0])
        output = ResponseOutput(name="y", shape=[1], datatype="INT64", data=[value])
        return InferenceResponse(model_name=self.name, outputs=[output])
