import Foundation
import ModelLifecycle
import NIOCore
import NIOPosix

/// Ready when the server answers `describe` with `info`, and its data meet the conditions.
struct WyomingProber: Prober {
    let host: String
    let port: Int
    var judge = AnswerJudge()
    let timeout: Duration

    var question: String { ProbeTarget.wyoming(host: host, port: port).shown }

    func ask() async -> ProbeAnswer {
        do {
            let event = try await within(timeout) { try await describe() }
            guard event.type == "info" else {
                let words = ShortenedText.said(in: String(decoding: event.data, as: UTF8.self))
                return ProbeAnswer(
                    isReady: false, summary: "\(question) answered describe with \(AnswerWords.bounded(event.type))",
                    detail: words.map(AnswerWords.bounded))
            }
            let verdict = judge.verdict(status: nil, body: event.data)
            return ProbeAnswer(
                isReady: verdict.isReady, summary: "\(question) answered info\(verdict.words)",
                detail: verdict.failureDetail, body: event.data, failure: verdict.failure, isAlive: verdict.isAlive)
        } catch let error as WyomingReader.Malformed {
            return ProbeAnswer(isReady: false, summary: "\(question): \(Self.words(error))")
        } catch {
            return ProbeAnswer(
                isReady: false, summary: "\(question): \(Self.words(error, timeout))",
                isLate: ExchangeFailure(error) == .late)
        }
    }

    private static func words(_ error: WyomingReader.Malformed) -> String {
        switch error {
        case .tooLong: "its info event is too long"
        case .notWyoming(let bytes):
            if bytes.starts(with: Array("HTTP/".utf8)) {
                "the server speaks HTTP, not Wyoming: use http://"
            } else {
                "the answer is not a Wyoming event"
            }
        }
    }

    private static func words(_ error: any Error, _ timeout: Duration) -> String {
        let failure = ExchangeFailure(error)
        return failure == .closed
            ? "the connection was closed before describe was answered" : failure.words(timeout: timeout)
    }

    /// - Returns: the event `info`, or one that says what went wrong.
    private func describe() async throws -> WyomingEvent {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.microseconds(max(1, timeout.wholeMicroseconds)))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: WyomingEvent.describe))
            var reader = WyomingReader()
            for try await part in inbound {
                reader.append(part.readableBytesView)
                while let event = try reader.next() {
                    if event.type == "info" || event.type == "error" { return event }
                }
            }
            throw ChannelError.eof
        }
    }
}
