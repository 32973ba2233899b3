extension Dialect {
    /// whisper.cpp, `examples/server/server.cpp`.
    /// - The port is bound after the model has been loaded, so a refused connection means loading.
    /// - `/health` sets 503 while `POST /load` replaces the model, but the server's error handler makes a
    ///   404 with `File Not Found` of every error that is neither 400 nor 500. Older servers have no
    ///   `/health` at all, which gives the same answer for ever.
    /// - Errors in a request for an inference came with status 200 and `{"error":…}`; newer servers have
    ///   400 with `Invalid request`. This is the older one, which is harder to get right.
    /// - It exits 1 if the port is taken and 3 if the model cannot be loaded.
    static let whisperServer = Dialect(
        name: "whisper-server", healthPaths: ["/health"], inferencePaths: ["/inference"], load: .unbound,
        ready: .json(200, #"{"status":"ok"}"#), unready: .text(404, "File Not Found ({path})"),
        // Requests wait for a lock while a model is loading, and find the model afterwards.
        busy: .json(200, #"{"error":"failed to process audio"}"#), result: .json(200, #"{"text":" [BLANK_AUDIO]\n"}"#),
        always: ["/": Answer(status: 200, contentType: "text/html", body: "<html>Whisper.cpp Server</html>")],
        needs: (#"name="file""#, .json(200, #"{"error":"no 'file' field in the request"}"#)))

    /// sherpa-onnx 2.0.1, its WebSocket servers.
    /// - The port is bound after the model has been loaded. A request that is no handshake gets 426.
    static let sherpaOnnx = Dialect(
        name: "sherpa-onnx", healthPaths: [], inferencePaths: [], wire: .webSocket, load: .unbound,
        ready: .empty(101), unready: .empty(503), result: .empty(101))

    /// The Wyoming protocol as wyoming-faster-whisper 3.8.1 has it.
    /// - The port is bound after the model has been loaded. What is no event ends the connection without an answer.
    static let wyoming = Dialect(
        name: "wyoming", healthPaths: [], inferencePaths: [], wire: .wyoming, load: .unbound,
        ready: .json(200, wyomingInfo), unready: .empty(503), result: .json(200, #"{"text":""}"#))

    private static let wyomingInfo =
        #"{"asr":[{"name":"scripted","attribution":{"name":"scripted","url":""},"installed":true,"version":"0","#
        + #""models":[{"name":"model","attribution":{"name":"scripted","url":""},"installed":true,"#
        + #""languages":["en"]}]}],"tts":[],"wake":[]}"#
}
