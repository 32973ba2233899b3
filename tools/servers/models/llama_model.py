"""Writes a model for llama.cpp with random weights and a vocabulary of bytes, for the package gguf.

Usage: llama_model.py FILE

It is large enough that a token takes some ms, so a request for many tokens keeps the server at work.
"""
import sys

import gguf
import numpy

WIDTH, HIDDEN, LAYERS, HEADS, CONTEXT = 512, 1408, 4, 8, 8192
SPECIAL = ["<unk>", "<s>", "</s>"]


def main():
    writer = gguf.GGUFWriter(sys.argv[1], "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    words = [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = SPECIAL + words
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    writer.add_token_types(kinds + [gguf.TokenType.BYTE] * len(words))
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)

    random = numpy.random.default_rng(1)

    def add(name, *shape):
        is_norm = len(shape) == 1
        values = numpy.ones(shape, "float32") if is_norm else random.standard_normal(shape, "float32") / 32
        writer.add_tensor(f"{name}.weight", values if is_norm else values.astype("float16"))

    add("token_embd", len(tokens), WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        add(f"{block}.attn_norm", WIDTH)
        for part in ("q", "k", "v", "output"):
            add(f"{block}.attn_{part}", WIDTH, WIDTH)
        add(f"{block}.ffn_norm", WIDTH)
        add(f"{block}.ffn_gate", HIDDEN, WIDTH)
        add(f"{block}.ffn_up", HIDDEN, WIDTH)
        add(f"{block}.ffn_down", WIDTH, HIDDEN)
    add("output_norm", WIDTH)
    add("output", len(tokens), WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
