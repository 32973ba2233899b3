import mosec
from tiny import Tiny


class Model(mosec.Worker):
    def __init__(self):
        super().__init__()
        self.model = Tiny()

    def forward(self, data):
        return {"y": self.model.predict(data["x"])}


if __name__ == "__main__":
    server = mosec.Server()
    server.append_worker(Model)
    server.run()
