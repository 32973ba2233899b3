import bentoml
from tiny import Tiny


@bentoml.service
class Model:
    def __init__(self):
        self.model = Tiny()

    @bentoml.api
    def predict(self, x: int) -> dict:
        return {"y": self.model.predict(x)}
