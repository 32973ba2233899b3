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

    enum Result: Sendable {
        case good
        /// It answered, and not with 200 to 299.
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
        do {
            let answer = try await http.send(
                method, request.url, headers: headers, body: body, timeout: timeout, keep: 512)
            guard !(200...299).contains(answer.status) else { return .good }
            let said = String(decoding: answer.body, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
            return .refused("\(what) answered \(answer.status)" + (said.isEmpty ? "" : ": \(said.prefix(300))"))
        } catch {
            return .broken("\(what): \(describe(error, timeout: timeout))")
        }
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
