// The server's side of the fork: what it inherits, and what it does not.
// For close_range's number.
#define _GNU_SOURCE

#include "server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "execution.h"
#include "explanation.h"

void lifeline_complain(const char *format, ...) {
    // Under PIPE_BUF, so that the line is not torn apart by what others write.
    char line[2048] = "modeljournal-lifeline: ";
    size_t start = strlen(line), capacity = sizeof line - start - 1;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(line + start, capacity, format, arguments);
    va_end(arguments);
    size_t length = start + (written < 0 ? 0 : (size_t)written < capacity ? (size_t)written : capacity - 1);
    // A path may contain anything; this stays one line.
    for (size_t i = start; i < length; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 127) line[i] = '?';
    }
    line[length++] = '\n';
    // Nobody may be listening, and there is nobody else to tell.
    if (write(STDERR_FILENO, line, length) < 0) return;
}

void lifeline_close_descriptors(void) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0) return;
#endif
    DIR *directory = opendir("/dev/fd");
    if (directory) {
        // Closing while reading may skip entries: read to the end first.
        int open[1024], count = 0;
        struct dirent *entry;
        while (count < 1024 && (entry = readdir(directory))) {
            int descriptor = atoi(entry->d_name);
            if (descriptor > STDERR_FILENO) open[count++] = descriptor;
        }
        bool complete = count < 1024;
        closedir(directory);
        for (int i = 0; i < count; i++) close(open[i]);
        if (complete) return;
    }
    long limit = sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > 1 << 20) limit = 1 << 20;
    for (int descriptor = STDERR_FILENO + 1; descriptor < limit; descriptor++) close(descriptor);
}

/// The engine may ignore or block signals, and both would be inherited.
static void restore_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigemptyset(&standard.sa_mask);
    // Fails for SIGKILL and SIGSTOP, which nobody can change.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
#if __linux__
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) sigaction(number, &standard, NULL);
    // Glibc's posix_spawn ignores its own two, and its sigaction refuses to touch them. To the kernel,
    // nothing but zeros is the default.
    static const unsigned long zeros[8];
    for (int number = 32; number < SIGRTMIN; number++) syscall(SYS_rt_sigaction, number, zeros, NULL, 8);
#endif
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void cannot_execute(const char *path, int error) {
    // The reader of standard error may be gone, and that must not hide the exit code.
    signal(SIGPIPE, SIG_IGN);
    char words[800];
    lifeline_explain(path, error, words, sizeof words);
    const char *opening = *words ? " (" : "", *closing = *words ? ")" : "";
    lifeline_complain("cannot execute %.700s: %s%s%s%s", path, strerror(error), opening, words, closing);
    _exit(LIFELINE_CANNOT_EXECUTE);
}

__attribute__((noreturn)) static void become_server(char *const command[], pid_t parent) {
    setpgid(0, 0);
#if __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before that took effect.
    if (getppid() != parent) _exit(LIFELINE_CANNOT_EXECUTE);
#else
    (void)parent;
#endif
    // The lifeline is not the server's to read, nor to hold.
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0) cannot_execute("/dev/null", errno);
    lifeline_close_descriptors();
    restore_signals();
    char tried[4096];
    int error = lifeline_execute(command, tried, sizeof tried);
    cannot_execute(tried, error);
}

pid_t lifeline_start_server(char *const command[]) {
    pid_t parent = getpid();
    pid_t server = fork();
    if (server == 0) become_server(command, parent);
    // On both sides: whoever is first, the group exists before anything is sent to it. Fails once the
    // server has been executed, and then the server's side did it.
    if (server > 0) setpgid(server, server);
    return server;
}
