// Finds the server's processes wherever they went. This process is their subreaper: one whose parents
// have ended becomes its child, so the chain of parents of each of them leads here.
// For the numbers of the pidfd calls.
#define _GNU_SOURCE

#include "descendants.h"

#if __linux__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct process {
    pid_t pid, parent, group;
    unsigned long long start;
    bool is_descendant;
};

struct table {
    struct process *processes;
    size_t count, capacity;
};

/// /proc/PID/stat, and not /proc/PID/task/TID/children, which not every kernel has.
static bool read_process(pid_t pid, struct process *process) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return false;
    text[length] = 0;
    // The name is in parentheses and may contain any of the characters that matter.
    const char *fields = strrchr(text, ')');
    int parent, group;
    unsigned long long start;
    if (!fields ||
        sscanf(fields + 1, " %*c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &parent,
               &group, &start) != 3) {
        return false;
    }
    *process = (struct process){.pid = pid, .parent = parent, .group = group, .start = start};
    return true;
}

static bool append(struct table *table, const struct process *process) {
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 512;
        struct process *larger = realloc(table->processes, capacity * sizeof *larger);
        if (!larger) return false;
        table->processes = larger;
        table->capacity = capacity;
    }
    table->processes[table->count++] = *process;
    return true;
}

static int by_pid(const void *left, const void *right) {
    pid_t a = ((const struct process *)left)->pid, b = ((const struct process *)right)->pid;
    return (a > b) - (a < b);
}

/// As many of all processes as there is memory for; the rest are found the next time.
static struct table read_processes(void) {
    struct table table = {0};
    DIR *directory = opendir("/proc");
    if (!directory) return table;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        struct process process;
        pid_t pid = atoi(entry->d_name);
        if (pid > 0 && read_process(pid, &process) && !append(&table, &process)) break;
    }
    closedir(directory);
    if (table.count) qsort(table.processes, table.count, sizeof *table.processes, by_pid);
    return table;
}

static bool has_known_parent(const struct table *table, const struct process *process) {
    if (process->parent == getpid()) return true;
    struct process key = {.pid = process->parent};
    const struct process *parent = bsearch(&key, table->processes, table->count, sizeof key, by_pid);
    return parent && parent->is_descendant;
}

static void mark_descendants(struct table *table) {
    // Parents mostly come before their children in this order, so this ends after two rounds.
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < table->count; i++) {
            struct process *process = &table->processes[i];
            if (!process->is_descendant && has_known_parent(table, process)) process->is_descendant = changed = true;
        }
    }
}

/// Only the process that was seen: one that is not our own child can end, and its number be given to
/// another, at any time.
static void signal_process(const struct process *seen, int number) {
#ifdef SYS_pidfd_open
    int handle = (int)syscall(SYS_pidfd_open, seen->pid, 0);
    if (handle >= 0) {
        struct process now;
        bool is_same = read_process(seen->pid, &now) && now.start == seen->start;
        if (is_same) syscall(SYS_pidfd_send_signal, handle, number, NULL, 0);
        close(handle);
        return;
    }
    if (errno == ESRCH) return;
#endif
    // An old kernel, or a sandbox that does not know these calls.
    kill(seen->pid, number);
}

void lifeline_signal_descendants(int number, pid_t except) {
    struct table table = read_processes();
    mark_descendants(&table);
    for (size_t i = 0; i < table.count; i++) {
        const struct process *process = &table.processes[i];
        // Zombies too: one whose first thread alone has ended looks like one, and the others do not mind.
        if (process->is_descendant && (!except || process->group != except)) signal_process(process, number);
    }
    free(table.processes);
}

#else

void lifeline_signal_descendants(int number, pid_t except) {
    (void)number;
    (void)except;
}

#endif
