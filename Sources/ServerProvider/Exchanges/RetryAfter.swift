import Foundation
import NIOHTTP1

/// When a server that has no room now wants to be asked again (RFC 9110, 10.2.3).
enum RetryAfter {
    /// Where a server that is too busy (429) does not say when.
    private static let usual = Duration.seconds(1)
    private static let shortest = Duration.milliseconds(100)

    /// - Returns: nil where asking again would not help. A 503 without the header may be an error for good.
    static func pause(_ answer: HTTPExchange.Answer, now: Date = Date()) -> Duration? {
        guard answer.status == 429 || answer.status == 503 else { return nil }
        let text = answer.headers.first(name: "retry-after")?.trimmingCharacters(in: .whitespaces)
        guard let text else { return answer.status == 429 ? usual : nil }
        if let seconds = Int(text), seconds >= 0 { return max(shortest, .seconds(min(seconds, 86_400))) }
        guard let date = date(text) else { return usual }
        return max(shortest, .milliseconds(Int64(max(0, min(86_400, date.timeIntervalSince(now))) * 1000)))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text)
    }
}
