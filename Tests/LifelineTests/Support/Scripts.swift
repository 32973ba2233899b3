/// Servers that are hard to stop. Each prints `ready` when all of it is there.
enum Scripts {
    /// Ends at once when it is asked to.
    static let obedient = "echo ready; exec sleep 1000"

    static let ignoresTerm = "trap '' TERM; echo ready; while :; do sleep 1000; done"

    static let withGrandchildren = """
        sleep 1000 & (sleep 1000 & sleep 1000) & sh -c 'sleep 1000; :' &
        echo ready; wait
        """

    /// A daemon: its parent has ended, and it is in a session of its own.
    static func daemon(ignoringTerm: Bool) -> String {
        let trap = ignoringTerm ? "trap \"\" TERM; " : ""
        return """
            (setsid sh -c '\(trap)echo daemon; while :; do sleep 1000; done' &)
            echo ready; exec sleep 1000
            """
    }

    /// 2^6 leaves, all parents ended, every other one in a session of its own.
    static let swarm = """
        grow='if [ $1 -eq 0 ]; then echo leaf; exec sleep 1000; fi
              sh -c "$grow" sh $(($1 - 1)) & setsid sh -c "$grow" sh $(($1 - 1)) &'
        export grow
        sh -c "$grow" sh 6
        exec sleep 1000
        """
}
