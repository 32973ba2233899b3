import Foundation
import LifecycleEngine
import Logging
import ModelLifecycle
import StatusServer
import TestSupport
import Testing

/// What health checks hear.
@Suite(.turn(of: "StatusServerTests")) struct ProbeTests {
    private static func view(_ model: String, _ state: ModelState, ready: Bool = false) -> ModelView {
        var view = ModelView(model: model, provider: "scripted", state: state)
        view.isReady = ready
        return view
    }

    @Test func onlyReadyIsHealthy() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let states = SaidStates([])
            let server = try await place.serve(source: states)
            let port = server.address.port
            var answer = try await get("/health", port: port)
            #expect(answer.status == 503)
            #expect(try answer.json["reason"] as? String == "NoModel")
            for state in ModelState.allCases {
                var view = Self.view("en-us", state, ready: state == .ready)
                if state == .error { (view.reason, view.message) = ("ModelLoadFailed", "password=hunter2 is wrong") }
                states.say([view])
                for path in ["/health", "/readyz"] {
                    answer = try await get(path, port: port)
                    #expect(answer.status == (state == .ready ? 200 : 503), "\(state)")
                    let json = try answer.json
                    #expect(json["state"] as? String == state.rawValue)
                    #expect(json["ready"] as? Bool == (state == .ready))
                    #expect(json["reason"] as? String == (state == .error ? "ModelLoadFailed" : nil))
                    #expect(!answer.body.contains("hunter2"))
                }
                #expect(try await get("/livez", port: port).status == 200)
            }
        }
    }

    @Test func aStandInServes() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var wanted = Self.view("base", .error)
            wanted.servedBy = "tiny"
            let states = SaidStates([wanted, Self.view("tiny", .ready, ready: true)])
            let port = try await place.serve(source: states).address.port
            let answer = try await get("/health", port: port)
            #expect(answer.status == 200)
            let models = try #require(try answer.json["models"] as? [[String: Any]])
            #expect(models.map { $0["served_by"] as? String } == ["tiny", nil])
            #expect(try await get("/health?model=base", port: port).status == 200)
        }
    }

    @Test func whoIsNotKnownIsNotFound() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let states = SaidStates([])
            let port = try await place.serve(source: states).address.port
            // Nobody is known yet: it may still come.
            #expect(try await get("/health?model=tiny", port: port).status == 503)
            states.say([Self.view("base", .ready, ready: true)])
            for path in ["/health", "/readyz", "/startupz", "/model-status"] {
                let answer = try await get("\(path)?model=tiny", port: port)
                #expect(answer.status == 404, "\(path)")
                #expect(try answer.json["error"] as? String == "no model 'tiny'; known: base")
            }
        }
    }

    /// Who was put away on purpose is no reason to send nobody to those that serve.
    @Test func whatWasPutAwayDoesNotCount() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var old = Self.view("old", .uninitialized)
            old.isPutAway = true
            let states = SaidStates([old, Self.view("new", .ready, ready: true)])
            let port = try await place.serve(source: states).address.port
            for path in ["/health", "/startupz"] {
                #expect(try await get(path, port: port).status == 200, "\(path)")
                #expect(try await get("\(path)?model=old", port: port).status == 503, "\(path)")
            }
            states.say([old])
            #expect(try await get("/health", port: port).status == 503)
            var failed = Self.view("bad", .error)
            failed.reason = "ModelLoadFailed"
            states.say([old, Self.view("new", .ready, ready: true), failed])
            #expect(try await get("/health", port: port).status == 503)
        }
    }

    /// A start-up probe that fails again later would have the container restarted for what liveness is to judge.
    @Test func oneStartIsEnoughForTheStartUpProbe() async throws {
        try await withPlace { place in
            try await place.openEngine()
            var view = Self.view("en-us", .loading)
            let states = SaidStates([view])
            let port = try await place.serve(source: states).address.port
            #expect(try await get("/startupz", port: port).status == 503)
            view.state = .error
            view.wasReady = true
            states.say([view])
            #expect(try await get("/startupz", port: port).status == 200)
            #expect(try await get("/readyz", port: port).status == 503)
        }
    }

    @Test func theModelsStatusIsThatOfTheContract() async throws {
        try await withPlace { place in
            try await place.openEngine()
            try await place.cycle(2)
            _ = try await place.preloader.initialize()
            let port = try await place.serve().address.port
            let answer = try await get("/model-status", port: port)
            #expect(answer.status == 200)
            let json = try answer.json
            let health = try #require(json["health"] as? [String: Any])
            let names: Set = [
                "state", "ready", "model_loaded", "warmup_complete", "load_time_ms", "warmup_time_ms", "last_error",
                "process_rss_mb", "journal_degraded",
            ]
            #expect(names.isSubset(of: health.keys))
            #expect(health["state"] as? String == "READY" && health["ready"] as? Bool == true)
            #expect((health["process_rss_mb"] as? Double ?? 0) > 1)
            let stats = try #require(json["stats"] as? [String: Any])
            #expect(stats["runs"] as? Int == 3 && stats["reached_ready"] as? Int == 3)
        }
    }

    /// From the journal alone: an engine that is gone makes nothing ready, which no commit tells.
    @Test func anUnloadIsSeen() async throws {
        try await withPlace { place in
            try await place.openEngine()
            _ = try await place.preloader.initialize()
            let port = try await place.serve().address.port
            #expect(try await get("/health", port: port).status == 200)
            _ = try await place.preloader.unload()
            try await eventually("the unload is seen") { try await get("/health", port: port).status == 503 }
        }
    }

    /// What was true when the journal could still be read may not be true any more.
    @Test func aJournalThatIsGoneIsNotReady() async throws {
        try await withPlace { place in
            try await place.openEngine()
            _ = try await place.preloader.initialize()
            let port = try await place.serve().address.port
            #expect(try await get("/health", port: port).status == 200)
            let elsewhere = place.journal + ".elsewhere"
            try FileManager.default.moveItem(atPath: place.journal, toPath: elsewhere)
            try await eventually("nobody knows any more") {
                let answer = try await get("/health", port: port)
                return try answer.status == 503 && answer.json["reason"] as? String == "JournalUnavailable"
            }
            #expect(try await get("/livez", port: port).status == 200)
            try FileManager.default.moveItem(atPath: elsewhere, toPath: place.journal)
            try await eventually("it is known again") { try await get("/health", port: port).status == 200 }
        }
    }

    /// An engine that settles what another one has left may take long, and is alive.
    @Test func whoHasNoJournalYetIsAlive() async throws {
        let server = try await StatusServer.bind(
            ListenAddress(host: "127.0.0.1", port: 0), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(try await get("/livez", port: server.address.port).status == 200)
        for path in ["/health", "/readyz", "/startupz", "/"] {
            #expect(try await get(path, port: server.address.port).status == 503, "\(path)")
        }
        await server.stop()
    }

    @Test func headIsAnsweredWithoutABody() async throws {
        try await withPlace { place in
            try await place.openEngine()
            let port = try await place.serve().address.port
            for path in ["/health", "/", "/metrics", "/page.js", "/events"] {
                let answer = try await get(path, port: port, method: "HEAD")
                #expect(answer.body.isEmpty, "\(path)")
                #expect(answer.fields["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
            }
        }
    }
}
