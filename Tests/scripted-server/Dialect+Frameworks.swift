/// Servers that load a model of the user's own, in Python. All of this was measured on the versions named.
extension Dialect {
    /// LitServe 0.2.19.
    /// - It says that Uvicorn is running while connections are still refused: the workers have to be set up first.
    /// - `/health` is 503 while a worker is started again, if the service asks for that (`restart_workers`).
    static let litserve = Dialect(
        name: "litserve", healthPaths: ["/health"], inferencePaths: ["/predict"], load: .unbound,
        ready: .text(200, "ok"), unready: .text(503, "not ready"), result: .json(200, #"{"y":2}"#))

    /// mlflow 3.17, `mlflow models serve`.
    static let mlflow = Dialect(
        name: "mlflow", healthPaths: ["/ping", "/health"], inferencePaths: ["/invocations"], load: .unbound,
        ready: .text(200, "\n"), unready: .text(404, "\n"), result: .json(200, #"{"predictions":[2]}"#),
        always: ["/version": .text(200, "3.17.0")])

    /// BentoML 1.4.40.
    /// - It listens at once, and answers nothing until the service has been made. Requests wait for that.
    static let bentoml = Dialect(
        name: "bentoml", healthPaths: ["/readyz", "/livez", "/healthz"], inferencePaths: ["/predict"], load: .silent,
        ready: .text(200, "\n"), unready: .empty(503), result: .json(200, #"{"y":2}"#))

    /// Mosec 0.9.8.
    /// - Its port is bound once every stage has a worker. There is no path for health but the root.
    static let mosec = Dialect(
        name: "mosec", healthPaths: ["/"], inferencePaths: ["/inference"], load: .unbound,
        ready: .text(200, "MOSEC service"), unready: .empty(503), result: .json(200, #"{"y":2}"#),
        always: ["/metrics": .text(200, "mosec_service_remaining_task 0\n")])

    /// Cog 0.23.1.
    /// - It listens at once, and its health is 200 in every state.
    /// - A prediction that failed is a 200 with `"status":"failed"`.
    static let cog = Dialect(
        name: "cog", healthPaths: ["/health-check"], inferencePaths: ["/predictions"],
        ready: .json(200, cogHealth("READY", setup: "succeeded")),
        unready: .json(200, cogHealth("STARTING", setup: "starting")),
        busy: .json(503, #"{"detail":"Setup has not finished yet","status":"failed"}"#),
        result: .json(200, #"{"output":2,"status":"succeeded"}"#),
        always: ["/": .json(200, #"{"cog_version":"0.23.1","healthcheck_url":"/health-check"}"#)])

    private static func cogHealth(_ status: String, setup: String) -> String {
        #"{"status":"\#(status)","setup":{"started_at":"2026-01-01T00:00:00+00:00","status":"\#(setup)"},"#
            + #""version":{"coglet":"0.23.1","python_sdk":"0.23.1","python":"3.11.7"}}"#
    }

    /// Ray Serve 2.60: the API of its dashboard.
    /// - `/-/healthz` is 200 while the constructor of the application runs, and for one that never loads. It is on the
    ///   application's port there, and on the same port here.
    static let rayServe = Dialect(
        name: "ray-serve", healthPaths: ["/api/serve/applications/"], inferencePaths: ["/predict"],
        ready: .json(200, rayApplications("RUNNING", deployment: "HEALTHY")),
        unready: .json(200, rayApplications("DEPLOYING", deployment: "UPDATING")),
        result: .json(200, #"{"y":2}"#),
        always: [
            "/-/healthz": .text(200, "success"),
            "/api/version": .json(200, #"{"version":"4","ray_version":"2.60.0","ray_commit":"0"}"#),
        ])

    private static func rayApplications(_ status: String, deployment: String) -> String {
        #"{"controller_info":{},"proxies":{},"applications":{"default":{"name":"default","route_prefix":"/","#
            + #""status":"\#(status)","message":"","deployments":{"Model":{"name":"Model","status":"\#(deployment)","#
            + #""replicas":[]}}}},"target_capacity":null}"#
    }
}
