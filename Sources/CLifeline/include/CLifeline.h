#pragma once

/// Stands between an engine and a model server, so that no process of the server outlives the engine,
/// however the engine ends.
///
/// Standard input is the lifeline: a pipe whose write end only the engine holds. On it,
///   - `T` sends SIGTERM to the server's process group,
///   - `K` sends SIGKILL to the group and to every descendant, wherever it went,
///   - the end of the input means that the engine is gone: SIGTERM to all of them, SIGKILL after 2 s.
/// SIGTERM, SIGINT, SIGHUP and SIGQUIT to this process are answered like the end of the input.
///
/// The server gets /dev/null as its input, standard output and error as they are, no other file
/// descriptor, default signal dispositions, an empty signal mask and a process group of its own.
/// When it ends, what it left behind gets SIGTERM, and SIGKILL after 1 s; then this process ends the
/// way the server did, by the same exit code or the same signal.
///
/// A process that has only the main thread calls this before anything else. It starts no thread.
///
/// @param argv a name for this program, which is not looked at, then the server's command and its arguments.
/// @return 64 if there is no command, 125 if it cannot be executed (one line on standard error says
///     why), else the server's exit code. If a signal ended the server, this does not return.
int modeljournal_lifeline_main(int argc, char *const argv[]);

/// Says in a few words why executing a program failed, where the error's own words leave it open.
///
/// @param path the program's file.
/// @param error what executing it failed with, as errno names it.
/// @param text gets the words, in UTF-8 if the path is.
/// @return 0 if the error says it all.
int modeljournal_explain_execution(const char *path, int error, char *text, int capacity);

/// Opens a handle of a process, to learn how it ended although it is another process's child.
/// @return a descriptor that the caller closes, or -1 if there is no such process or no such handle.
int modeljournal_open_process(int pid);

/// How a process ended that no parent has to ask for any more.
/// @param handle from `modeljournal_open_process`.
/// @param status gets what `waitpid` would have said.
/// @return 0 if the process runs, or the kernel does not say (before Linux 6.15).
int modeljournal_process_end(int handle, int *status);

/// A TCP socket of this network name space that waits for connections.
struct modeljournal_listener {
    /// In the order of the network; of IPv4 the first four bytes.
    unsigned char address[16];
    int address_length;
    int port;
    unsigned long long inode;
};

/// Lists these sockets as the kernel tells them by NETLINK_SOCK_DIAG. The files in /proc/net list every connection with them,
/// and the kernel takes milliseconds for that.
/// @return how many; -1 if the kernel does not tell, or there are more than the capacity.
int modeljournal_listeners(struct modeljournal_listener *listeners, int capacity);

/// Whether a connection to an address of this machine's loopback is refused at once. Only where nothing listens should it
/// be asked for: another server may take the connection for a client's.
/// @param address 4 or 16 bytes in the order of the network.
/// @return 0 also where that cannot be known.
int modeljournal_is_refused(const unsigned char *address, int address_length, int port);
