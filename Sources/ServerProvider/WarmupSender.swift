import Foundation
import ModelLifecycle
import NIOHTTP1

/// Sends one warm-up request and judges the answer.
struct WarmupSender: Sendable {
    let request: WarmupRequest
    let audio: AudioSamples
    let identifiers: TraceIdentifiers
    let timeout: Duration
    let http: HTTPExchange
    /// Where the request stands: the engine's deadline may come before its end.
    let note: @Sendable (String) -> Void

    enum Result: Sendable {
        case good
        /// It answered with another status than 200 to 299, or with an error in its body.
        case refused(String)
        /// There was no whole answer.
        case broken(String)
    }

    func send() async -> Result {
        var headers = request.headers.map { ($0.name, $0.value) }
        let body: [UInt8]?
        switch request.body {
        case .none: body = nil
        case .data(let data):
            body = Array(data)
            if !has("content-type") { headers.append(("Content-Type", Self.contentType(of: data))) }
        case .audio(let field):
            let boundary = "modeljournal-\(identifiers.runID)"
            body = multipart(field: field, boundary: boundary)
            headers.append(("Content-Type", "multipart/form-data; boundary=\(boundary)"))
        }
        headers += identifiers.headers
        let method = body == nil ? HTTPMethod.GET : .POST
        let what = "\(method.rawValue) \(request.url.path.isEmpty ? "/" : request.url.path)"
        note("\(what) had not been answered")
        do {
            let answer = try await http.send(
                method, request.url, headers: headers, body: body, timeout: timeout, keep: 1 << 16
            ) { note("\(what) had answered \($0), and not yet with all of its body") }
            note("\(what) answered \(answer.status)")
            if (200...299).contains(answer.status) {
                guard let error = Self.error(in: answer.body) else { return .good }
                return .refused("\(what) answered \(answer.status) with an error: \(error.prefix(300))")
            }
            let lines = String(decoding: answer.body, as: UTF8.self).split(whereSeparator: \.isNewline)
            // A traceback of Python ends with what went wrong.
            let said = (lines.first?.hasPrefix("Traceback") == true ? lines.last : lines.first) ?? ""
            return .refused("\(what) answered \(answer.status)" + (said.isEmpty ? "" : ": \(said.prefix(300))"))
        } catch {
            let complaint = "\(what): \(describe(error, timeout: timeout))"
            // The deadline that calls this off is still to read where the request stood.
            if !Task.isCancelled { note(complaint) }
            return .broken(complaint)
        }
    }

    /// Some servers report what went wrong with status 200 and `{"error": …}`; others always have the
    /// member, and mean something by it only where it is not empty.
    /// - Returns: its own words.
    static func error(in body: [UInt8]) -> String? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else { return nil }
        switch object["error"] {
        case nil, is NSNull: return nil
        case let text as String: return text.isEmpty ? nil : oneLine(text)
        case let flag as Bool where !flag: return nil
        case let details as [String: Any]:
            if details.isEmpty { return nil }
            if let message = details["message"] as? String { return oneLine(message) }
            return oneLine(json(details))
        case let other?: return oneLine(json(other))
        }
    }

    private static func json(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private func has(_ header: String) -> Bool { request.headers.contains { $0.name.lowercased() == header } }

    private static func contentType(of data: Data) -> String {
        (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
            ? "application/json" : "application/octet-stream"
    }

    private func multipart(field: String, boundary: String) -> [UInt8] {
        var body = Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; ".utf8)
        body += Array("filename=\"silence.wav\"\r\nContent-Type: audio/wav\r\n\r\n".utf8)
        body += audio.wave
        body += Array("\r\n--\(boundary)--\r\n".utf8)
        return body
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
