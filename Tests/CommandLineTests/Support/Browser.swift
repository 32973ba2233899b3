import Foundation
import TestSupport

/// A real browser without a window, driven by WebDriver (W3C): Debian's chromium and chromium-driver.
final class Browser: Sendable {
    private let driver: RunningProgram
    private let session: String

    static let driverPath: String? = Installation.find("chromedriver")

    /// The accessibility checks of axe-core, which `tools/test` has fetched.
    static let accessibilityScript: String? = {
        guard let file = ProcessInfo.processInfo.environment["MODELJOURNAL_AXE"] else { return nil }
        return try? String(contentsOfFile: file, encoding: .utf8)
    }()

    init(_ workspace: Workspace) async throws {
        guard let path = Self.driverPath else { throw NeverHappened("no chromedriver") }
        let driver = try workspace.start(path, ["--port=0", "--log-level=SEVERE"])
        self.driver = driver
        try await eventually("the driver listens") {
            guard driver.isRunning else { throw NeverHappened(driver.standardError.text) }
            return driver.standardOutput.text.contains("successfully on port")
        }
        let port = driver.standardOutput.text.firstMatch(of: /successfully on port (\d+)/).map { String($0.1) } ?? ""
        let base = "http://127.0.0.1:\(port)/session"
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--user-data-dir=\(workspace.path("browser"))",
        ]
        let answer = try await Self.call(
            "POST", base,
            [
                "capabilities": [
                    "alwaysMatch": [
                        "goog:chromeOptions": ["args": arguments], "goog:loggingPrefs": ["browser": "ALL"],
                    ] as [String: any Sendable]
                ]
            ])
        guard let id = (answer as? [String: Any])?["sessionId"] as? String else {
            throw NeverHappened("no session: \(answer)")
        }
        session = "\(base)/\(id)"
    }

    func open(_ url: String) async throws { _ = try await Self.call("POST", "\(session)/url", ["url": url]) }

    /// What a function's body gives.
    func run(_ script: String) async throws -> Any {
        try await Self.call("POST", "\(session)/execute/sync", ["script": script, "args": [] as [String]])
    }

    func text(_ selector: String = "body") async throws -> String {
        try await run("const e = document.querySelector(\(Self.quoted(selector))); return e ? e.innerText : ''")
            as? String
            ?? ""
    }

    /// Clicks as a person does, on the first link with this text in it.
    func click(link text: String) async throws {
        let found = try await Self.call(
            "POST", "\(session)/element", ["using": "partial link text", "value": text])
        guard let element = (found as? [String: String])?.values.first else {
            throw NeverHappened("no link \(text)")
        }
        _ = try await Self.call("POST", "\(session)/element/\(element)/click", [:] as [String: String])
    }

    func look(theme: String, width: Int) async throws {
        _ = try await Self.call(
            "POST", "\(session)/goog/cdp/execute",
            [
                "cmd": "Emulation.setEmulatedMedia",
                "params": ["features": [["name": "prefers-color-scheme", "value": theme]]],
            ] as [String: any Sendable])
        _ = try await Self.call(
            "POST", "\(session)/goog/cdp/execute",
            [
                "cmd": "Emulation.setDeviceMetricsOverride",
                "params": ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600]
                    as [String: any Sendable],
            ] as [String: any Sendable])
    }

    /// What the browser complained about since the last time, such as something that the page's policy forbids.
    func complaints() async throws -> [String] {
        let entries = try await Self.call("POST", "\(session)/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.compactMap { $0["message"] as? String }
    }

    /// What axe-core finds that keeps people out, in words.
    func accessibilityFaults() async throws -> [String] {
        guard let script = Self.accessibilityScript else { throw NeverHappened("no axe-core") }
        _ = try await run(script)
        let faults = try await Self.call(
            "POST", "\(session)/execute/async",
            [
                "script": """
                const done = arguments[0];
                axe.run(document, {resultTypes: ['violations']}).then(
                  (r) => done(r.violations.map((v) => v.id + ': ' + v.help + ' ' + v.nodes.map((n) => n.html).slice(0, 3).join(' '))),
                  (e) => done(['axe failed: ' + e]));
                """, "args": [] as [String],
            ] as [String: any Sendable])
        return faults as? [String] ?? ["no list: \(faults)"]
    }

    func close() async throws { _ = try await Self.call("DELETE", session, nil) }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
    }

    private static func call(_ method: String, _ url: String, _ body: [String: any Sendable]?) async throws -> Any {
        let data = try body.map { try JSONSerialization.data(withJSONObject: $0) }
        let answer = try await HTTP.send(method, url, data)
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        guard answer.status == 200 else {
            throw NeverHappened("\(method) \(url): \(answer.body.prefix(500))")
        }
        return json?["value"] ?? NSNull()
    }
}
