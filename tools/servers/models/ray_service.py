import argparse

import ray
from ray import serve
from starlette.requests import Request
from tiny import Tiny


@serve.deployment(ray_actor_options={"num_cpus": 0.5})
class Model:
    def __init__(self):
        self.model = Tiny()

    async def __call__(self, request: Request):
        return {"y": self.model.predict((await request.json())["x"])}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--dashboard-port", type=int)
    arguments = parser.parse_args()
    ray.init(dashboard_port=arguments.dashboard_port, include_dashboard=True, num_cpus=2)
    serve.start(http_options={"host": "127.0.0.1", "port": arguments.port})
    serve.run(Model.bind(), blocking=True)
