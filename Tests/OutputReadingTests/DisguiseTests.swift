import TestSupport
import Testing

@testable import OutputReading

/// The cause of an output stays the same in another dress: the lines of the corpus after the prefixes of those that
/// carry them, with noise between them, and with what a server says before and after.
struct DisguiseTests {
    enum Disguise: String, CaseIterable {
        case compose, journald, kubernetes, docker, process, mpi, time, carriageReturns, colours
        case kubectl, heroku, processManager, slurm, torchserve, stern, rank
        case farewells, beginning, otherError, requests, debugger, dropped, twice
        case launcher, leaks, destructor, service, make, yarn, shell, probe

        func applied(to output: String) -> String {
            let lines = VisibleLines.split(output).map { String(decoding: $0, as: UTF8.self) }
            switch self {
            case .compose: return each(lines) { "model-1  | " + $0 }
            case .journald: return each(lines) { "Nov 30 10:00:00 gpu1 asr[4711]: " + $0 }
            case .kubernetes: return each(lines) { "2026-11-30T10:00:00.123456789Z stderr F " + $0 }
            case .docker:
                return each(lines) { line in
                    let text = line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                        .replacing("\t", with: "\\t")
                    return "{\"log\":\"\(text)\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-30T10:00:00Z\"}"
                }
            case .process: return each(lines) { "(ServeReplica:app:Asr pid=12) " + $0 }
            case .mpi: return each(lines) { "[1,0]<stderr>:" + $0 }
            case .time: return each(lines) { "2026-11-30 10:00:00.123 " + $0 }
            case .carriageReturns: return each(lines) { $0.isEmpty ? "" : "10%\r20%\r" + $0 + "\r" }
            case .colours: return each(lines) { "\u{1B}[36m" + $0 + "\u{1B}[0m" }
            case .kubectl: return each(lines) { "[pod/asr-0/asr] " + $0 }
            case .heroku: return each(lines) { "2026-11-30T10:00:00.123456+00:00 app[web.1]: " + $0 }
            case .processManager: return each(lines) { "0|asr  | " + $0 }
            case .slurm: return each(lines) { "0: " + $0 }
            case .torchserve:
                return each(lines) { "2026-11-30T10:00:00,123 [INFO ] W-9000-m_1.0-stderr MODEL_LOG - " + $0 }
            case .stern: return each(lines) { "asr-0 asr › " + $0 }
            case .rank: return each(lines) { "[rank0]: " + $0 }
            case .twice: return output + "\nINFO starting it again\nINFO loading\n" + output
            case .launcher:
                return output + "\nTraceback (most recent call last):\n  File \"/srv/launch.py\", line 3, in <module>\n"
                    + "    raise RuntimeError(\"worker 0 failed to start\")\nRuntimeError: worker 0 failed to start\n"
            case .leaks:
                return output + "\n/usr/lib/python3.11/multiprocessing/resource_tracker.py:224: UserWarning: "
                    + "resource_tracker: There appear to be 1 leaked semaphore objects to clean up at shutdown\n"
                    + "  warnings.warn('resource_tracker: There appear to be %d '\n"
            case .destructor:
                return output + "\nException ignored in: <function Engine.__del__ at 0x7f00>\n"
                    + "Traceback (most recent call last):\n  File \"/srv/e.py\", line 9, in __del__\n"
                    + "TypeError: 'NoneType' object is not callable\n"
            case .service:
                return output + "\nasr.service: Main process exited, code=exited, status=1/FAILURE\n"
                    + "asr.service: Failed with result 'exit-code'.\n"
            case .make: return output + "\nmake: *** [Makefile:3: serve] Error 1\n"
            case .yarn: return output + "\nerror Command failed with exit code 1.\n"
            case .shell:
                return output + "\n/srv/run.sh: line 3: 4711 Aborted   (core dumped) ./serve\nexit status 134\n"
            case .probe: return "WARNING:  Invalid HTTP request received.\n" + output
            case .farewells:
                return output + (output.hasSuffix("\n") ? "" : "\n")
                    + "INFO:     Shutting down\nINFO:     Waiting for application shutdown.\n"
                    + "INFO:     Application shutdown complete.\nINFO:     Finished server process [12]\n"
            case .beginning: return start + output
            case .otherError: return "ERROR the colour of the banner is not known\n" + start + output
            case .requests:
                return each(lines) {
                    $0 + "\nINFO:     127.0.0.1:4711 - \"GET /health HTTP/1.1\" 503 Service Unavailable"
                }
            case .debugger:
                return output + "\n[New LWP 12]\n[Thread debugging using libthread_db enabled]\n"
                    + "#0  0x00007f0000000000 in wait4 () from /lib/libc.so.6\n[Inferior 1 (process 1) detached]\n"
            case .dropped: return start + "[… 71234 bytes dropped …]\n" + output
            }
        }

        private func each(_ lines: [String], _ change: (String) -> String) -> String {
            lines.map { change($0) + "\n" }.joined()
        }

        private var start: String {
            (0..<24).map { "INFO step \($0) of the start, \(String(repeating: "x", count: $0))\n" }.joined()
        }
    }

    @Test(.takesLong, arguments: Disguise.allCases) func theCauseStaysTheSame(disguise: Disguise) {
        var wrong: [String] = []
        var all = 0
        // A third of the corpus for each, another one each time.
        let turn = Disguise.allCases.firstIndex(of: disguise) ?? 0
        for (index, file) in CorpusFile.all.enumerated() where index % 3 == turn % 3 {
            guard file.linesSinceReady == nil, file.values("answer").isEmpty else { continue }
            let wanted = file.values("cause")
            guard wanted != ["none"], !file.values("undisguised").contains(disguise.rawValue) else { continue }
            // Only where every one of several lines has a number it is a label.
            if disguise == .slurm, VisibleLines.split(file.output).filter({ !$0.isEmpty }).count < 3 { continue }
            all += 1
            let cause = OutputReader.read(disguise.applied(to: file.output)).cause?.text ?? ""
            let isRight = wanted.allSatisfy(cause.contains) && !file.values("not").contains(where: cause.contains)
            if !isRight { wrong.append("\(file.name): \(cause), not \(wanted)") }
        }
        print("\(disguise.rawValue): \(all - wrong.count) of \(all)")
        for line in wrong { print("  ", line) }
        #expect(wrong.isEmpty)
    }
}
