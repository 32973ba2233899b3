from tiny import Tiny


class Model:
    def __init__(self):
        self.model = Tiny()

    def predict(self, frame, params=None):
        return [self.model.predict(value) for value in frame["x"]]


def _load_pyfunc(path):
    return Model()
