import Foundation
import ModelLifecycle
import NIOHTTP1
import Synchronization

/// Sends one warm-up request and judges the answer.
struct WarmupSender: Sendable {
    let request: WarmupRequest
    let audio: AudioSamples
    /// Where the relative path of a recording begins; nil for the engine's own directory.
    var directory: String?
    let identifiers: TraceIdentifiers
    let timeout: Duration
    let http: HTTPExchange
    /// Where the request stands: the engine's deadline may come before its end.
    let note: @Sendable (ProbeAnswer) -> Void

    enum Result: Sendable {
        /// With what the answer tells of the server's speed.
        case good(speed: String?)
        /// It answered with another status than 200 to 299, or with an error in its body.
        case refused(String, body: String, isBusy: Bool)
        /// There was no whole answer.
        case broken(String, isLate: Bool)
    }

    /// A server that is there and has no room now is asked again while there is time.
    func send() async -> Result {
        let start = ContinuousClock.now
        while true {
            let left = timeout - (ContinuousClock.now - start)
            let (result, pause) = await attempt(within: left)
            guard let pause, pause < timeout - (ContinuousClock.now - start),
                (try? await Task.sleep(for: pause)) != nil
            else { return result }
        }
    }

    /// - Returns: how it went, and when to ask again where the server wants that.
    private func attempt(within timeout: Duration) async -> (Result, Duration?) {
        var headers = request.headers.map { ($0.name, $0.value) }
        let body: [UInt8]?
        switch request.body {
        case .none: body = nil
        case .data(let data):
            body = Array(data)
            if !has("content-type") { headers.append(("Content-Type", Self.contentType(of: data))) }
        case .audio(let field):
            let form = MultipartForm(boundary: "modeljournal-\(identifiers.runID)")
            guard let recording else {
                let file = request.audio?.description ?? ""
                return (.refused("the warm-up audio \(file) cannot be read", body: "", isBusy: false), nil)
            }
            body =
                Array(form.head(field, file: recording.name, type: "audio/wav").utf8) + recording.bytes
                + Array((form.partEnd + form.end).utf8)
            headers.append(("Content-Type", form.contentType))
        }
        headers += identifiers.headers
        let method = body == nil ? HTTPMethod.GET : .POST
        let what = "\(method.rawValue) \(request.url.path.isEmpty ? "/" : request.url.path)"
        note(ProbeAnswer(isReady: false, summary: "\(what) had not been answered"))
        do {
            let stream = Mutex(AnswerStream())
            let answer = try await http.send(
                method, request.url, headers: headers, body: body, timeout: timeout, keep: Self.judgedBytes,
                hasEnough: { part in
                    stream.withLock { stream in
                        stream.read(part)
                        return stream.isDecided
                    }
                }
            ) { status in
                note(
                    ProbeAnswer(
                        isReady: false, summary: "\(what) had answered \(status), and not yet with all of its body",
                        status: status))
            }
            let isGood = (200...299).contains(answer.status)
            let meaning = AnswerWords(answer, to: request.url)
            note(
                ProbeAnswer(
                    isReady: isGood, summary: "\(what) answered \(answer.status)\(meaning.words)",
                    status: answer.status, location: meaning.location))
            let text = String(decoding: answer.body, as: UTF8.self)
            if isGood {
                guard let error = WarmupAnswer.error(in: answer.body) else {
                    return (.good(speed: AnswerSpeed.words(in: answer.body)), nil)
                }
                let complaint = "\(what) answered \(answer.status) with an error: \(Self.shortened(error))"
                return (.refused(complaint, body: text, isBusy: false), nil)
            }
            let said = ShortenedText.said(in: text) ?? Self.lastWords(Redaction.redact(text))
            let complaint =
                "\(what) answered \(answer.status)\(meaning.words)" + (said.isEmpty ? "" : ": \(Self.shortened(said))")
            let pause = RetryAfter.pause(answer)
            return (.refused(complaint, body: text, isBusy: pause != nil), pause)
        } catch {
            let failure = ExchangeFailure(error)
            let complaint = "\(what): \(await look(at: failure) ?? failure.words(timeout: timeout))"
            // The deadline that calls this off is still to read where the request stood.
            if !Task.isCancelled { note(ProbeAnswer(isReady: false, summary: complaint)) }
            return (.broken(complaint, isLate: failure == .late), nil)
        }
    }

    /// The server is asked nothing more where it may be ending, or busy with the request.
    private func look(at failure: ExchangeFailure) async -> String? {
        switch failure {
        case .untrusted, .wrongHost, .tls, .notHTTP: await WireLook(request.url).words(for: failure)
        case .late, .closed, .other: nil
        }
    }

    /// A JSON answer is judged if it is not longer than this.
    private static let judgedBytes = 1 << 20

    /// A traceback of Python ends with what went wrong.
    private static func lastWords(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        return String((lines.first?.hasPrefix("Traceback") == true ? lines.last : lines.first) ?? "")
    }

    private static func shortened(_ text: String) -> String { ShortenedText.ends(of: text, first: 150, last: 240) }

    private func has(_ header: String) -> Bool { request.headers.contains { $0.name.lowercased() == header } }

    static func contentType(of data: Data) -> String {
        (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
            ? "application/json" : "application/octet-stream"
    }

    /// What is sent as audio, and under which name.
    /// - Returns: nil for a file that cannot be read.
    private var recording: (name: String, bytes: [UInt8])? {
        switch request.audio {
        case nil: return ("silence.wav", audio.wave)
        case .silence(let seconds):
            let count = Int(seconds * Double(audio.sampleRate))
            let silence = AudioSamples(samples: [Int16](repeating: 0, count: count), sampleRate: audio.sampleRate)
            return ("silence.wav", silence.wave)
        case .file(let path):
            let place = ServerCommand.path(path, in: directory)
            return FileManager.default.contents(atPath: place).map {
                (path.split(separator: "/").last.map(String.init) ?? path, Array($0))
            }
        }
    }
}

extension AudioSamples {
    /// As a RIFF WAVE file: linear PCM, 16 bits, mono.
    fileprivate var wave: [UInt8] {
        let size = samples.count * 2
        var bytes = Array("RIFF".utf8) + word(36 + size) + Array("WAVEfmt ".utf8) + word(16)
        bytes += half(1) + half(1) + word(sampleRate) + word(sampleRate * 2) + half(2) + half(16)
        bytes += Array("data".utf8) + word(size)
        for sample in samples { bytes += half(Int(UInt16(bitPattern: sample))) }
        return bytes
    }

    private func half(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
    private func word(_ value: Int) -> [UInt8] { half(value & 0xFFFF) + half(value >> 16 & 0xFFFF) }
}
