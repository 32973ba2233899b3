/// Variables of the environment that are between the engine and its own service manager.
enum ServiceManagerVariables {
    static let names = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
        "LISTEN_PIDFDID",
    ]
}
