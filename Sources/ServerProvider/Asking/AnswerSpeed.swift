import Foundation

/// What an answer to an inference tells of the server's speed, in the words of several APIs.
enum AnswerSpeed {
    /// - Returns: nil if it tells nothing.
    static func words(in body: [UInt8]) -> String? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else { return nil }
        var parts: [String] = []
        if let timings = object["timings"] as? [String: Any] {
            // llama.cpp's server.
            parts += [
                rate("prompt", count: timings["prompt_n"], perSecond: number(timings["prompt_per_second"])),
                rate("generated", count: timings["predicted_n"], perSecond: number(timings["predicted_per_second"])),
            ].compactMap { $0 }
        } else if let count = number(object["eval_count"]), let time = number(object["eval_duration"]), time > 0 {
            // Ollama's times are in nanoseconds.
            parts += [rate("generated", count: object["eval_count"], perSecond: count / time * 1e9)].compactMap { $0 }
            if let load = number(object["load_duration"]) { parts.append("load \(shown(load / 1e9)) s") }
        } else if let usage = object["usage"] as? [String: Any] {
            // The API of OpenAI counts and does not measure.
            for (key, name) in [("prompt_tokens", "prompt"), ("completion_tokens", "generated")] {
                if let count = number(usage[key]) { parts.append("\(name) \(tokens(count))") }
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func rate(_ name: String, count: Any?, perSecond: Double?) -> String? {
        guard let perSecond, perSecond.isFinite, perSecond > 0 else { return nil }
        let amount = number(count).map { "\(tokens($0)) at " } ?? ""
        return "\(name) \(amount)\(shown(perSecond)) tokens/s"
    }

    private static func tokens(_ count: Double) -> String { count == 1 ? "1 token" : "\(Int(count)) tokens" }

    private static func number(_ value: Any?) -> Double? {
        guard let number = (value as? NSNumber)?.doubleValue, number >= 0, number < 1e15 else { return nil }
        return number
    }

    private static func shown(_ value: Double) -> String { String(format: "%.1f", value) }
}
