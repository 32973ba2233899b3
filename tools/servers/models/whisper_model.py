"""Writes a model for whisper.cpp that says " tiny" five times in each window of 30 s.

Usage: whisper_model.py FILE

It is a file of the legacy ggml format. All layers compute with random weights. The decoder's embedding of positions is so
much larger than what they add that it alone chooses the token: the word at first, then the end of the text.
"""
import random
import struct
import sys

WORDS = 5
AUDIO_CONTEXT, AUDIO_LAYERS = 1500, 4
TEXT_CONTEXT, TEXT_LAYERS = 448, 1
STATE, HEADS, MELS, FREQUENCIES = 128, 2, 80, 201
# The vocabulary of the models for English alone; whisper.cpp knows the special tokens by these numbers.
VOCABULARY, END_OF_TEXT = 51864, 50256
# The program looks the blank up by its text.
TOKENS = [" ", " tiny"]
WORD = 1
F32, F16 = 0, 1
# The decoder begins with the start of the transcript and the token for "no timestamps".
PROMPT = 2


class Writer:
    def __init__(self, file):
        self.file = file
        generator = random.Random(1)
        self.noise = [generator.gauss(0, 0.02) for _ in range(4096)]

    def integers(self, *values):
        self.file.write(struct.pack(f"<{len(values)}i", *values))

    def tensor(self, name, kind, *dimensions, values=None):
        """The first dimension is the one whose elements are next to each other."""
        count = 1
        for dimension in dimensions:
            count *= dimension
        self.integers(len(dimensions), len(name), kind, *dimensions)
        self.file.write(name.encode())
        letter = {F32: "f", F16: "e"}[kind]
        if values is None:
            block = struct.pack(f"<{len(self.noise)}{letter}", *self.noise)
            size = count * struct.calcsize(letter)
            self.file.write((block * (size // len(block) + 1))[:size])
        else:
            self.file.write(struct.pack(f"<{count}{letter}", *values))

    def norm(self, name):
        self.tensor(f"{name}.weight", F32, STATE, values=[1] * STATE)
        self.tensor(f"{name}.bias", F32, STATE, values=[0] * STATE)

    def attention(self, name):
        for part in ("query", "key", "value", "out"):
            self.tensor(f"{name}.{part}.weight", F16, STATE, STATE)
            if part != "key":
                self.tensor(f"{name}.{part}.bias", F32, STATE)

    def block(self, name, is_decoder):
        for part in ("attn", "cross_attn") if is_decoder else ("attn",):
            self.norm(f"{name}.{part}_ln")
            self.attention(f"{name}.{part}")
        self.norm(f"{name}.mlp_ln")
        self.tensor(f"{name}.mlp.0.weight", F16, STATE, 4 * STATE)
        self.tensor(f"{name}.mlp.0.bias", F32, 4 * STATE)
        self.tensor(f"{name}.mlp.2.weight", F16, 4 * STATE, STATE)
        self.tensor(f"{name}.mlp.2.bias", F32, STATE)


def positions():
    """The embeddings of positions: a spike in the first dimension means the word, one in the second the end."""
    for position in range(TEXT_CONTEXT):
        spike = 0 if position < PROMPT + WORDS - 1 else 1
        yield from (1000 if dimension == spike else 0 for dimension in range(STATE))


def embeddings():
    for token in range(VOCABULARY):
        spike = {WORD: 0, END_OF_TEXT: 1}.get(token)
        yield from (2 if dimension == spike else 0 for dimension in range(STATE))


def write(file):
    writer = Writer(file)
    file.write(struct.pack("<I", 0x67676d6c))
    writer.integers(VOCABULARY, AUDIO_CONTEXT, STATE, HEADS, AUDIO_LAYERS)
    writer.integers(TEXT_CONTEXT, STATE, HEADS, TEXT_LAYERS, MELS, F16)
    writer.integers(MELS, FREQUENCIES)
    file.write(struct.pack("<f", 1 / FREQUENCIES) * (MELS * FREQUENCIES))
    writer.integers(len(TOKENS))
    for token in TOKENS:
        writer.integers(len(token))
        file.write(token.encode())
    writer.tensor("encoder.positional_embedding", F32, STATE, AUDIO_CONTEXT)
    writer.tensor("encoder.conv1.weight", F16, 3, MELS, STATE)
    writer.tensor("encoder.conv1.bias", F32, 1, STATE)
    writer.tensor("encoder.conv2.weight", F16, 3, STATE, STATE)
    writer.tensor("encoder.conv2.bias", F32, 1, STATE)
    for layer in range(AUDIO_LAYERS):
        writer.block(f"encoder.blocks.{layer}", is_decoder=False)
    writer.norm("encoder.ln_post")
    writer.tensor("decoder.positional_embedding", F32, STATE, TEXT_CONTEXT, values=positions())
    writer.tensor("decoder.token_embedding.weight", F16, STATE, VOCABULARY, values=embeddings())
    for layer in range(TEXT_LAYERS):
        writer.block(f"decoder.blocks.{layer}", is_decoder=True)
    writer.norm("decoder.ln")


def main():
    with open(sys.argv[1], "wb") as file:
        write(file)


if __name__ == "__main__":
    main()
