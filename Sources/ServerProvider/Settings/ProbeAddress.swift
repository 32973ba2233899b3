import Synchronization

/// Where the server is asked. A preset's address moves to where the server really listens.
final class ProbeAddress: Sendable {
    private let current: Mutex<ProbeTarget?>

    init(_ target: ProbeTarget?) { current = Mutex(target) }

    var target: ProbeTarget? {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
