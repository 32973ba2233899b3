// The C library and nothing else: Foundation would cost more time to start than the rest of this program.
#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

func fail(_ message: String, status: Int32 = 64) -> Never {
    write("scripted-server: \(message)\n", to: STDERR_FILENO)
    exit(status)
}

func errorText(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// All of it; false if nobody reads any more.
@discardableResult
func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) -> Bool {
    let copy = Array(bytes)
    var done = 0
    while done < copy.count {
        let count = copy[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
    }
    return true
}

@discardableResult
func write(_ text: String, to descriptor: Int32) -> Bool { write(text.utf8, to: descriptor) }

func sleep(milliseconds: Int) {
    var rest = timespec()
    var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    while nanosleep(&time, &rest) < 0, errno == EINTR { time = rest }
}

/// Until the program's lifetime is over.
func sleepForever() -> Never {
    while true { sleep(milliseconds: 60_000) }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let context = Unmanaged.passRetained(Box(body)).toOpaque()
    #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(
            &thread, nil,
            {
                Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body()
                return nil
            }, context)
    #else
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            {
                if let context = $0 { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, context)
    #endif
    guard code == 0 else { fail("cannot start a thread: \(errorText(code))", status: 70) }
}
