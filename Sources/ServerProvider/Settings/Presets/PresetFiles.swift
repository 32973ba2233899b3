/// The built-in presets, one file each in this folder.
enum PresetFiles {
    static let all: [(name: String, contents: [UInt8])] = [
        ("whisper-server", PackageResources.whisper_server_toml), ("llama-server", PackageResources.llama_server_toml),
        ("vllm", PackageResources.vllm_toml), ("triton", PackageResources.triton_toml),
        ("kserve-v2", PackageResources.kserve_v2_toml), ("sglang", PackageResources.sglang_toml),
        ("ollama", PackageResources.ollama_toml), ("torchserve", PackageResources.torchserve_toml),
        ("tf-serving", PackageResources.tf_serving_toml), ("litserve", PackageResources.litserve_toml),
        ("mlflow", PackageResources.mlflow_toml), ("bentoml", PackageResources.bentoml_toml),
        ("ray-serve", PackageResources.ray_serve_toml), ("mosec", PackageResources.mosec_toml),
        ("cog", PackageResources.cog_toml), ("sherpa-onnx", PackageResources.sherpa_onnx_toml),
        ("wyoming", PackageResources.wyoming_toml), ("ovms", PackageResources.ovms_toml),
    ]
}
