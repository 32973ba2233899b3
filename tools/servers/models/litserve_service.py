import argparse

import litserve
from tiny import Tiny


class Model(litserve.LitAPI):
    def setup(self, device):
        self.model = Tiny()

    def predict(self, request):
        return {"y": self.model.predict(request["x"])}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    litserve.LitServer(Model(), accelerator="cpu").run(
        host="127.0.0.1", port=parser.parse_args().port, generate_client_file=False)
