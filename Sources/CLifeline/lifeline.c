// The loop between the lifeline and the server, and how it ends.
// For the signals and limits that POSIX alone does not name.
#define _GNU_SOURCE

#include "CLifeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if __linux__
#include <sys/prctl.h>
#endif

#include "descendants.h"
#include "explanation.h"
#include "server.h"

enum {
    ENGINE_GONE_GRACE_MS = 2000,
    // What others say after the server's end may be the reason for it: a log is forwarded, an exception printed.
    LAST_WORDS_MS = 1500,
    LEFT_BEHIND_GRACE_MS = 1000,
    // A process that a device holds does not end even by SIGKILL. The signal waits for it; we do not.
    UNKILLABLE_MS = 5000,
    FIRST_ROUND_MS = 5,
    LONGEST_ROUND_MS = 100,
    FOREVER = -1,
};

enum phase {
    /// To ENDING or KILLING.
    RUNNING,
    /// All have been asked to end, and have until the deadline. To KILLING, or out.
    ENDING,
    /// Round after round until nobody is left.
    KILLING,
};

struct supervision {
    pid_t server;
    bool has_ended;
    int status;
    /// No process of the server's is left; says nothing before the server has ended.
    bool is_alone;
    /// Asked to end already: a second SIGTERM makes some servers give up at once.
    bool group_was_told;
    bool lifeline_is_open;
    enum phase phase;
    int64_t deadline;
    int round;
};

static volatile sig_atomic_t stop_was_requested;
static void request_stop(int number) {
    (void)number;
    stop_was_requested = 1;
}

/// Only to interrupt the wait.
static void wake(int number) { (void)number; }

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/// Signals arrive during the wait and nowhere else.
static void prepare_signals(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    // To end without the server would be to lose it: these are ignored.
    static const int harmless[] = {SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN,
                                   SIGTTOU, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) handle(harmless[i], SIG_IGN);
    static const int stopping[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++) handle(stopping[i], request_stop);
    handle(SIGCHLD, wake);
}

static void prepare_process(void) {
    // A descriptor opened later must not become one of the standard three.
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", O_RDWR);
    }
    lifeline_close_descriptors();
    // Fails for the leader of a group, which has a group of its own then.
    if (setsid() < 0) setpgid(0, 0);
#if __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // It may have been executed by another name.
    prctl(PR_SET_NAME, "modeljournal-lifeline");
#endif
    prepare_signals();
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// Not once the server has been reaped: its number could be somebody else's by then.
static void signal_group(const struct supervision *it, int number) {
#if __linux__
    if (it->has_ended) return;
    // A server that has moved to another group still has to hear it.
    if (getpgid(it->server) != it->server) kill(it->server, number);
#endif
    kill(-it->server, number);
}

static void ask_group_to_end(struct supervision *it) {
    signal_group(it, SIGTERM);
    // What is stopped does not hear anything else.
    signal_group(it, SIGCONT);
    it->group_was_told = true;
}

static void ask_all_to_end(struct supervision *it, int64_t grace) {
    if (!it->group_was_told) {
#if __linux__
        if (!it->has_ended) ask_group_to_end(it);
#else
        ask_group_to_end(it);
#endif
    }
    pid_t told = it->group_was_told ? it->server : 0;
    lifeline_signal_descendants(SIGTERM, told);
    lifeline_signal_descendants(SIGCONT, told);
    it->phase = ENDING;
    it->deadline = milliseconds() + grace;
}

static void start_killing(struct supervision *it) {
    if (it->phase == KILLING) return;
    it->phase = KILLING;
    it->deadline = milliseconds() + UNKILLABLE_MS;
    it->round = FIRST_ROUND_MS;
}

static void reap(struct supervision *it) {
#if __linux__
    // Everything that is left of the server has a chain of parents that leads here. So once there is
    // no child, there is no descendant either, which no look at the table of processes could tell.
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != it->server) continue;
        it->has_ended = true;
        it->status = status;
    }
    it->is_alone = pid < 0 && errno == ECHILD;
#else
    // The server stays unreaped to the end, so that the number of its group remains its own.
    siginfo_t information = {0};
    if (!it->has_ended && waitid(P_PID, (id_t)it->server, &information, WEXITED | WNOHANG | WNOWAIT) == 0) {
        it->has_ended = information.si_pid == it->server;
    }
    it->is_alone = it->has_ended && kill(-it->server, 0) != 0;
#endif
}

static void read_lifeline(struct supervision *it) {
    char orders[64];
    ssize_t count = read(STDIN_FILENO, orders, sizeof orders);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
        it->lifeline_is_open = false;
        stop_was_requested = 1;
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (orders[i] == 'T') ask_group_to_end(it);
        if (orders[i] == 'K') start_killing(it);
    }
}

/// Returns when a signal came, the lifeline has something to say, or the time is over.
static void wait_for_events(struct supervision *it, int64_t timeout) {
    struct timespec time = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000};
    fd_set readable;
    FD_ZERO(&readable);
    if (it->lifeline_is_open) FD_SET(STDIN_FILENO, &readable);
    sigset_t none;
    sigemptyset(&none);
    int count = pselect(STDIN_FILENO + 1, &readable, NULL, NULL, timeout == FOREVER ? NULL : &time, &none);
    if (count > 0) read_lifeline(it);
}

static int64_t time_until(int64_t deadline) {
    int64_t rest = deadline - milliseconds();
#if !__linux__
    // Nobody tells when a process of the group ends that is not a child.
    if (rest > LONGEST_ROUND_MS) rest = LONGEST_ROUND_MS;
#endif
    return rest > 0 ? rest : 0;
}

static void supervise(struct supervision *it) {
    while (true) {
        reap(it);
        if (it->has_ended && it->is_alone) return;
        int64_t timeout = FOREVER;
        switch (it->phase) {
        case RUNNING:
            if (it->has_ended && !stop_was_requested && !it->group_was_told) {
                if (it->deadline == 0) it->deadline = milliseconds() + LAST_WORDS_MS;
                timeout = time_until(it->deadline);
                if (timeout > 0) break;
            }
            if (it->has_ended || stop_was_requested) {
                ask_all_to_end(it, it->has_ended ? LEFT_BEHIND_GRACE_MS : ENGINE_GONE_GRACE_MS);
                timeout = time_until(it->deadline);
            }
            break;
        case ENDING:
            timeout = time_until(it->deadline);
            if (timeout == 0) start_killing(it);
            break;
        case KILLING:
            if (it->has_ended && milliseconds() >= it->deadline) return;
            signal_group(it, SIGKILL);
            lifeline_signal_descendants(SIGKILL, 0);
            timeout = it->round;
            it->round = it->round * 2 < LONGEST_ROUND_MS ? it->round * 2 : LONGEST_ROUND_MS;
            break;
        }
        wait_for_events(it, timeout);
    }
}

/// Ends as the server did, so that whoever waits for this process learns what became of the server.
static int end_like(int status) {
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    int number = WTERMSIG(status);
    // The core of this process would be of no use, and would be in the way of the server's.
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#if __linux__
    prctl(PR_SET_DUMPABLE, 0);
#endif
    handle(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    kill(getpid(), number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    return 128 + number;
}

int modeljournal_lifeline_main(int argc, char *const argv[]) {
    if (argc < 2) {
        lifeline_complain("usage: modeljournal-lifeline COMMAND [ARGUMENT ...]");
        return 64;
    }
    prepare_process();
    struct supervision it = {.lifeline_is_open = true, .phase = RUNNING};
    it.server = lifeline_start_server(argv + 1);
    if (it.server < 0) {
        int error = errno;
        char words[400];
        lifeline_explain(argv[1], error, words, sizeof words);
        lifeline_complain("cannot start a process: %s%s%s%s", strerror(error), *words ? " (" : "", words, *words ? ")" : "");
        return LIFELINE_CANNOT_EXECUTE;
    }
    supervise(&it);
#if !__linux__
    while (waitpid(it.server, &it.status, 0) < 0 && errno == EINTR) {}
#endif
    return end_like(it.status);
}
