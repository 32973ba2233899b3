from cog import BasePredictor, Input
from tiny import Tiny


class Predictor(BasePredictor):
    def setup(self) -> None:
        self.model = Tiny()

    def predict(self, x: int = Input(description="Milliseconds to compute for.")) -> int:
        return self.model.predict(x)
