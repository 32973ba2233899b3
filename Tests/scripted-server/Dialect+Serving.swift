extension Dialect {
    /// Triton, `src/http_server.cc` (`HandleServerHealth`, `HandleModelReady`) and `src/main.cc`.
    /// - Its endpoints start once the models of the repository have been loaded.
    /// - Not ready is 400 with an empty body, not 503, and so is a path that it does not know.
    static let triton = Dialect(
        name: "triton", healthPaths: v2Health, inferencePaths: v2Inference, load: .unbound, ready: .empty(200),
        unready: .empty(400), busy: .json(400, #"{"error":"Request for unknown model: '{model}' is not found"}"#),
        result: v2Result, always: ["/v2/health/live": .empty(200), "/v2": v2Metadata],
        unknownModel: .json(400, #"{"error":"Request for unknown model: '{model}' is not found"}"#),
        needs: v2Needs)

    /// The Open Inference Protocol (`specification/protocol/inference_rest.md`) as MLServer has it,
    /// `mlserver/rest/endpoints.py` and `utils.py`.
    /// - It serves while the models are loading. Not ready is 400 with an empty body.
    /// - A model that it does not know is 404.
    static let kserve = Dialect(
        name: "kserve-v2", healthPaths: v2Health, inferencePaths: v2Inference, ready: .empty(200),
        unready: .empty(400), busy: .json(400, #"{"error":"Model {model} is not ready yet."}"#), result: v2Result,
        always: ["/v2/health/live": .empty(200), "/v2": v2Metadata],
        unknownModel: .json(404, #"{"error":"Model {model} not found"}"#), needs: v2Needs)

    private static let v2Health = ["/v2/health/ready", "/v2/models/{model}/ready"]
    private static let v2Inference = ["/v2/models/{model}/infer"]
    private static let v2Metadata = Answer.json(200, #"{"name":"scripted","version":"0","extensions":[]}"#)
    private static let v2Result = Answer.json(
        200,
        #"{"model_name":"{model}","outputs":[{"name":"predict","shape":[1],"datatype":"INT64","data":[0]}]}"#)
    private static let v2Needs = (text: #""inputs""#, otherwise: Answer.json(400, #"{"error":"inputs is missing"}"#))

    /// OpenVINO Model Server, `docs/model_server_rest_api_kfs.md`: the Open Inference Protocol.
    static let ovms = Dialect(
        name: "ovms", healthPaths: ["/v2/models/{model}/ready"], inferencePaths: v2Inference, ready: .empty(200),
        unready: .json(503, #"{"error":"Model is not ready for inference"}"#), result: v2Result,
        always: ["/v2/health/live": .empty(200), "/v2": v2Metadata],
        unknownModel: .json(404, #"{"error":"Model with requested name is not found"}"#), needs: v2Needs)

    /// TorchServe 0.12, measured; `docs/management_api.md` ("Describe model").
    /// - `/ping` is 200 `Healthy` as soon as the port is bound, long before a worker has loaded the model, and while
    ///   its `initialize()` raises. Only the status of the workers tells: `UNLOADING` until the model is loaded.
    /// - Management (`/models/NAME`) is on port 8081 there, and on the same port here.
    static let torchserve = Dialect(
        name: "torchserve", healthPaths: ["/models/{model}"], inferencePaths: ["/predictions/{model}"],
        ready: .json(200, torchserveModel("READY")), unready: .json(200, torchserveModel("UNLOADING")),
        busy: .json(
            503,
            #"{"code":503,"type":"ServiceUnavailableException","message":"Model \"{model}\" has no worker to serve inference request. Please use scale workers API to add workers."}"#
        ),
        result: .json(200, #"{"result":0}"#),
        always: [
            "/ping": .json(200, "{\n  \"status\": \"Healthy\"\n}\n"),
            "/models": .json(200, #"{"models":[{"modelName":"model","modelUrl":"model.mar"}]}"#),
        ],
        unknownModel: .json(
            404, #"{"code":404,"type":"ModelNotFoundException","message":"Model not found: {model}"}"#))

    private static func torchserveModel(_ status: String) -> String {
        """
        [
          {
            "modelName": "{model}",
            "modelVersion": "1.0",
            "modelUrl": "{model}.mar",
            "minWorkers": 1,
            "maxWorkers": 1,
            "workers": [
              {
                "id": "9000",
                "startTime": "2026-01-01T00:00:00.000Z",
                "status": "\(status)",
                "memoryUsage": 0,
                "pid": -1,
                "gpu": false
              }
            ]
          }
        ]

        """
    }

    /// TensorFlow Serving, `g3doc/api_rest.md` ("Model status API") and `get_model_status_impl.cc`.
    /// - The status of a model is 200 in every state; only its body says `LOADING`, `AVAILABLE` or, for one
    ///   that failed, `END` with an `error_code`.
    /// - There is no path for the server as a whole.
    static let tfServing = Dialect(
        name: "tf-serving", healthPaths: ["/v1/models/{model}"], inferencePaths: ["/v1/models/{model}:predict"],
        ready: .json(200, tfState("AVAILABLE")), unready: .json(200, tfState("LOADING")),
        busy: .json(404, #"{"error":"Servable not found for request: Latest({model})"}"#),
        result: .json(200, #"{"predictions":[0]}"#),
        unknownModel: .json(404, #"{"error":"Could not find any versions of model {model}"}"#),
        needs: (#""in"#, .json(400, #"{"error":"Missing 'inputs' or 'instances' key"}"#)))

    private static func tfState(_ state: String) -> String {
        """
        {
         "model_version_status": [
          {
           "version": "1",
           "state": "\(state)",
           "status": {
            "error_code": "OK",
            "error_message": ""
           }
          }
         ]
        }

        """
    }
}
