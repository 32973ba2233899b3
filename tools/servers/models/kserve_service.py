import argparse

import kserve
from tiny import Tiny


class Model(kserve.Model):
    def load(self):
        self.model = Tiny()
        self.ready = True
        return True

    async def predict(self, payload, headers=None, response_headers=None):
        return {"predictions": [self.model.predict(payload["instances"][0])]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[kserve.model_server.parser])
    arguments, _ = parser.parse_known_args()
    model = Model(arguments.model_name)
    model.load()
    kserve.ModelServer().start([model])
