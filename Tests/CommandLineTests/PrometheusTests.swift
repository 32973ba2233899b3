import Foundation
import TestSupport
import Testing

enum Prometheus {
    /// Of its programs.
    static let folder = ProcessInfo.processInfo.environment["MODELJOURNAL_PROMETHEUS"].flatMap { $0.isEmpty ? nil : $0 }
}

/// Prometheus itself, and its tool, on what `/metrics` says. `tools/test` has fetched both.
@Suite(.enabled(if: Prometheus.folder != nil, "needs prometheus"), .turn(of: "CommandLineTests, alone"))
struct PrometheusTests {
    private static let grafana = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "tools/grafana")

    @Test func itScrapesAndEveryPanelsQueryIsAnswered() async throws {
        try await withWorkspace { workspace in
            let folder = try #require(Prometheus.folder)
            try await workspace.seed([.unloaded("a \\ \"b\"\nc"), .unloaded(), .failed(), .failed("other")])
            let site = try await StatusSite(workspace, ["serve"])
            let metrics = workspace.path("metrics")
            try Data(try await site.get("/metrics").body.utf8).write(to: URL(filePath: metrics))
            let check = try await workspace.run(
                tool: "/bin/sh", ["-c", "exec '\(folder)/promtool' check metrics < '\(metrics)'"])
            #expect(check.status == 0 && check.output.isEmpty && check.errors.isEmpty, "\(check)")

            let port = try ScriptedServer().port
            let configuration = workspace.path("prometheus.yml")
            try Data(
                """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ['\(Self.grafana.path)/alerts.yml']
                scrape_configs: [{job_name: modeljournal, static_configs: [{targets: ['127.0.0.1:\(site.port)']}]}]
                """.utf8
            ).write(to: URL(filePath: configuration))
            let prometheus = try workspace.start(
                "\(folder)/prometheus",
                [
                    "--config.file=\(configuration)", "--storage.tsdb.path=\(workspace.path("data"))",
                    "--web.listen-address=127.0.0.1:\(port)",
                ])
            try await eventually("Prometheus has scraped twice") {
                guard prometheus.isRunning else { throw NeverHappened(prometheus.standardError.text) }
                return try await Self.query("count_over_time(modeljournal_transitions_total[1m]) > 1", port)?.contains(
                    "\"value\"") == true
            }
            let startups = try await Self.query(
                "modeljournal_model_startup_duration_seconds_count{model=\"en-us\"}", port)
            #expect(startups?.contains(",\"1\"]") == true, "\(startups ?? "")")
            let odd = try await Self.query("modeljournal_model_ready{model=~\"a (?s:.*)\"}", port)
            #expect(odd?.contains("a \\\\ \\\"b\\\"\\nc") == true, "\(odd ?? "")")
            for expression in try Self.dashboardQueries() {
                #expect(
                    try await Self.query(expression, port)?.contains("\"status\":\"success\"") == true, "\(expression)")
            }
            let rules = try await HTTP.get("http://127.0.0.1:\(port)/api/v1/rules").body
            #expect(rules.contains("ModelNotReady") && !rules.contains("\"health\":\"err\""), "\(rules)")
            prometheus.send(SIGTERM)
            _ = try await prometheus.finished()
        }
    }

    /// A query for a name that is never there is answered as well: with nothing.
    @Test func everyNameInAlertsAndPanelsIsThere() async throws {
        try await withWorkspace { workspace in
            try await workspace.seed([.unloaded(), .failed()])
            let site = try await StatusSite(workspace, ["serve"])
            let metrics = try await site.get("/metrics").body
            let files = try ["alerts.yml", "dashboard.json"].map {
                try String(contentsOf: Self.grafana.appending(path: $0), encoding: .utf8)
            }
            // One that only a process that can be looked at has.
            let names = Set(files.flatMap { $0.matches(of: /modeljournal_[a-z_]+/).map { String($0.0) } })
                .subtracting(["modeljournal_model_resident_memory_bytes"])
            #expect(names.count > 8)
            for name in names { #expect(metrics.contains("\n\(name)"), "\(name)") }
            let values = files.flatMap { text in
                text.matches(of: /([a-z]+)=~?\\?"([A-Za-z_|]+)\\?"/).flatMap { match in
                    match.2.split(separator: "|").map { "\(match.1)=\"\($0)\"" }
                }
            }
            #expect(values.count > 5)
            for value in Set(values) { #expect(metrics.contains(value), "\(value)") }
            site.program.send(SIGTERM)
            _ = try await site.program.finished()
        }
    }

    private static func query(_ expression: String, _ port: Int) async throws -> String? {
        let allowed = CharacterSet.alphanumerics
        guard let text = expression.addingPercentEncoding(withAllowedCharacters: allowed) else { return nil }
        return try? await HTTP.get("http://127.0.0.1:\(port)/api/v1/query?query=\(text)").body
    }

    private static func dashboardQueries() throws -> [String] {
        let data = try Data(contentsOf: grafana.appending(path: "dashboard.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(json["panels"] as? [[String: Any]])
        let queries = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap { $0["expr"] as? String }
        #expect(queries.count > 10)
        return queries.map {
            $0.replacing("$model", with: ".*").replacing("$__range", with: "1h").replacing(
                "$__rate_interval", with: "1m")
        }
    }
}
