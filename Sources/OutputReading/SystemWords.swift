/// The words of the operating system for what it refused.
enum SystemWords {
    private static let phrases = PhraseTable(
        """
        errno, os error, no such file or directory, permission denied, address already in use, no space left on device
        cannot allocate memory, out of memory, connection refused, too many open files, read only file system
        insufficient memory, oom killed, oom_kill, erroroutofdevicememory, erroroutofhostmemory, exec format error, is a directory, not a directory, file exists, operation not permitted, input output error
        """)

    static func occur(in text: String) -> Bool { occur(in: Words(Array(text.utf8))) }

    static func occur(in words: Words) -> Bool { phrases.occurs(in: words) }
}
