import NIOCore
import NIOPosix

#if os(Linux)
    import Glibc
#endif

/// The one thread of a server: its sockets and its tasks. No other one is woken for a request, and none of the engine's is
/// taken for it.
final class ServerThread: TaskExecutor {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop

    init() {
        loop = group.next()
        #if os(Linux)
            // Whoever asks how far a load is must not slow it. Of this thread alone, as Linux has it.
            loop.execute { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5) }
        #endif
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Once nothing runs on it any more.
    func end() async {
        // What a group that has ended says is no news.
        try? await group.shutdownGracefully()
    }
}
