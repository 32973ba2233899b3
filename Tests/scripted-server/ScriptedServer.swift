// A model server that does what its flags say: it is late, never ready, ready too early, exits, crashes, hangs,
// floods, forks. Whatever supervises model servers has to survive all of it and say what happened.
// It serves the loopback address only, and ends by itself.

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

@main
enum ScriptedServer {
    static func main() {
        let arguments = Processes.playRole(Array(CommandLine.arguments.dropFirst()))
        let options = Options(arguments)
        if options.forksAndExits { Processes.goToBackground(arguments) }
        prepare(options)
        let misdeeds = Misdeeds(options: options)
        misdeeds.schedule()
        Processes.startChildren(options)
        Output.write(options)
        misdeeds.commit(at: .beforeBind)
        if options.neverBinds { sleepForever() }
        sleep(milliseconds: options.bindAfter + (options.dialect.load == .unbound ? options.loadFor : 0))
        let listener = Listener(port: options.port)
        let server = ModelServer(options)
        if let path = options.portFile { listener.publish(at: path) }
        if options.floodOut == 0 && options.floodError == 0 {
            write("listening on \(listener.port)\n", to: STDOUT_FILENO)
        }
        misdeeds.commit(at: .afterBind)
        listener.serve { connection in
            if options.acceptsSilently { sleepForever() }
            var connection = connection
            switch options.dialect.wire {
            case .http, .webSocket: connection.serve(server.answer)
            case .wyoming: connection.serveEvents(server.event)
            }
        }
    }

    private static func prepare(_ options: Options) {
        Processes.limitLifetime(options.lifetime)
        signal(SIGPIPE, SIG_IGN)
        if options.ignoresTerm {
            signal(SIGTERM, SIG_IGN)
        } else {
            signal(SIGTERM) { _ in _exit(0) }
        }
    }
}
