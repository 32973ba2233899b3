internal import Dispatch

/// Runs an actor's jobs one after the other on a thread that is not the cooperative pool's: a serial
/// queue of Dispatch gets a thread of its own when the others are busy.
final class DecoderQueue: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        // A job that is kept for later has to be unowned; it is run exactly once, below.
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
