import argparse
import asyncio

from tiny import Tiny
from wyoming.asr import Transcript
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.server import AsyncEventHandler, AsyncServer

HERE = Attribution(name="tiny", url="")
INFO = Info(asr=[AsrProgram(
    name="tiny", attribution=HERE, installed=True, description="tiny", version="1", models=[AsrModel(
        name="tiny", attribution=HERE, installed=True, description="tiny", version="1", languages=["en"])])])


class Handler(AsyncEventHandler):
    def __init__(self, model, *arguments):
        super().__init__(*arguments)
        self.model = model

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(INFO.event())
        elif event.type == "transcribe":
            await self.write_event(Transcript(str(self.model.predict(event.data["x"]))).event())
        return True


async def serve():
    parser = argparse.ArgumentParser()
    parser.add_argument("--uri", required=True)
    arguments = parser.parse_args()
    model = Tiny()
    await AsyncServer.from_uri(arguments.uri).run(lambda *given: Handler(model, *given))


if __name__ == "__main__":
    asyncio.run(serve())
