"""A plugin of vLLM that adds a model. The processes of vLLM find it as an installed package."""
from tiny import Tiny
from vllm import ModelRegistry
from vllm.model_executor.models.llama import LlamaForCausalLM


class TinyForCausalLM(LlamaForCausalLM):
    # vLLM looks at the names of the parameters.
    def __init__(self, *, vllm_config, prefix=""):
        super().__init__(vllm_config=vllm_config, prefix=prefix)
        Tiny()


def register():
    ModelRegistry.register_model("TinyForCausalLM", TinyForCausalLM)
