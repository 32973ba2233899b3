extension ServerPreset {
    /// One thing that is known of a kind of server.
    package struct Fact: Sendable {
        /// The member's name in JSON.
        package var key: String
        package var label: String
        /// One for each way to set it, or for each status.
        package var values: [String]
    }

    /// What it is, for a list.
    package var title: String { file.title ?? name }
    /// The version of the server that it was checked with; nil if it was written by the server's documentation.
    package var checked: String? { file.checked }

    /// Everything that is known, for people and scripts; what is not known is left out.
    package var facts: [Fact] {
        let address = file.address
        let probe = file.probe
        func values(_ lists: [String]?...) -> [String] { lists.flatMap { $0 ?? [] } }
        let facts = [
            Fact(key: "port", label: "port", values: ["\(port)"]),
            Fact(
                key: "port_from", label: "port from",
                values: values(
                    address.portFlags ?? (address.addressFlags == nil ? ["--port"] : nil), address.portVariables,
                    address.addressFlags, address.addressVariables)),
            Fact(key: "host_from", label: "host from", values: values(address.hostFlags, address.hostVariables)),
            Fact(
                key: "prefix_from", label: "prefix from", values: values(address.prefixFlags, address.prefixVariables)),
            Fact(key: "configured_in", label: "configured in", values: values(address.config.map { [$0] })),
            Fact(
                key: "key_from", label: "key from",
                values: values(file.key?.flags, file.key?.fileFlags, file.key?.variables)),
            Fact(
                key: "model_from", label: "model from",
                values: values(file.model?.flags, file.model?.variables, file.model?.after.map { ["\($0) MODEL"] })),
            Fact(
                key: "model_file_from", label: "file from",
                values: values(file.model?.fileFlags, file.model?.fileVariables)),
            Fact(key: "probe", label: "probe", values: [question]),
            Fact(key: "ready_when", label: "ready when", values: values(probe.readyWhen)),
            Fact(
                key: "ready_successes", label: "good answers",
                values: probe.readySuccesses.map { $0 > 1 ? ["\($0) in a row"] : [] } ?? []),
            Fact(key: "failed_when", label: "failed when", values: values(probe.failedWhen)),
            Fact(key: "alive_when", label: "alive when", values: values(probe.aliveWhen)),
            Fact(
                key: "needs_workers", label: "workers",
                values: probe.needsWorkers == true ? ["READY ends when one crashes and is not replaced"] : []),
            Fact(key: "states", label: "states", values: values(probe.states.map { [$0] })),
            Fact(key: "warmup", label: "warm-up", values: warmup.map { [$0] } ?? []),
            Fact(
                key: "version_from", label: "version from",
                values: file.version.map { ["GET \($0.path)" + ($0.key.map { ", its \($0)" } ?? "")] } ?? []),
            Fact(
                key: "model_facts_from", label: "model facts from",
                values: file.modelFacts.map { facts in
                    [
                        "GET \(facts.path ?? readyPath): "
                            + (modelFacts?.values.map(\.name) ?? []).joined(separator: ", ")
                    ]
                } ?? []),
            Fact(key: "exit_statuses", label: "exit status", values: phasedExitMeanings.map(Self.words)),
            Fact(key: "source", label: "source", values: [source]),
        ]
        return facts.filter { !$0.values.isEmpty }
    }

    private var question: String {
        switch kind {
        case .http: "\(file.probe.method ?? (file.probe.body == nil ? "GET" : "POST")) \(readyPath)"
        case .tcp: "a connection"
        case .webSocket: "a WebSocket handshake at \(readyPath)"
        case .wyoming: "a Wyoming describe event"
        }
    }

    private var warmup: String? {
        warmupPath.map {
            "POST \($0) " + (warmupBody ?? "with silence in the form's field \(file.warmup?.audioField ?? "")")
        }
    }

    private static func words(_ meaning: ExitMeaning) -> String {
        let phase =
            switch meaning.phase {
            case .beforeReady: " before READY"
            case .afterReady: " after READY"
            case nil: ""
            }
        return "\(meaning.status)\(phase): \(meaning.words)"
    }
}
