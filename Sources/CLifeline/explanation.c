// Why a program could not be executed, as far as the files tell.
// For the flags of statvfs.
#define _GNU_SOURCE

#include "explanation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#if __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include "CLifeline.h"
#include "mount_point.h"
#include "program_file.h"

struct text {
    char *start;
    size_t capacity;
};

__attribute__((format(printf, 2, 3))) static void say(struct text text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text.start, text.capacity, format, arguments);
    va_end(arguments);
}

static bool may_execute(const char *path) { return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0; }

/// The first part of the path that is in the way: missing, no directory, or not to be searched.
static bool explain_way(const char *path, struct text text) {
    char part[PATH_MAX];
    struct stat status;
    for (const char *slash = strchr(path + (*path == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        if (length >= sizeof part) return false;
        memcpy(part, path, length);
        part[length] = 0;
        if (stat(part, &status) != 0) {
            if (errno != ENOENT) return false;
            say(text, "there is no directory %.400s", part);
            return true;
        }
        if (!S_ISDIR(status.st_mode)) {
            say(text, "%.400s is not a directory", part);
            return true;
        }
        if (!may_execute(part)) {
            say(text, "this user may not search the directory %.400s", part);
            return true;
        }
    }
    return false;
}

static void explain(const char *path, int error, int depth, struct text text);

/// What a script or a dynamically linked program needs besides its own file.
/// @return whether that is the reason.
static bool explain_interpreter(const struct program_file *file, int error, int depth, struct text text) {
    if (!*file->interpreter) {
        if (file->kind != PROGRAM_SCRIPT) return false;
        say(text, "its first line names no interpreter");
        return true;
    }
    struct stat status;
    bool is_script = file->kind == PROGRAM_SCRIPT;
    if (is_script && file->is_too_long) {
        say(text, "the name of the interpreter in its first line is too long for the kernel, which reads 256 bytes");
        return true;
    }
    // To the kernel the carriage return is a part of the name.
    if (is_script && file->has_carriage_return) {
        say(text, "its first line ends with a carriage return, so there is no interpreter %.300s\\r; give the file Unix line endings",
            file->interpreter);
        return true;
    }
    if (stat(file->interpreter, &status) != 0) {
        if (is_script) {
            say(text, "the interpreter %.300s named in its first line does not exist", file->interpreter);
        } else {
            const char *library = strstr(file->interpreter, "musl") ? "; it was built for musl" : "";
            say(text, "its dynamic loader %.300s does not exist%s", file->interpreter, library);
        }
        return true;
    }
    char inner[600] = "";
    if (depth < 4) explain(file->interpreter, error, depth + 1, (struct text){inner, sizeof inner});
    if (!*inner) return false;
    say(text, "%s %.300s: %s", is_script ? "its interpreter" : "its dynamic loader", file->interpreter, inner);
    return true;
}

static void explain_permission(const char *path, int depth, struct text text) {
    struct stat status;
    if (explain_way(path, text)) return;
    if (stat(path, &status) != 0) return;
    if (S_ISDIR(status.st_mode)) {
        say(text, "it is a directory");
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        say(text, "it is not a regular file");
        return;
    }
    char mount[PATH_MAX];
    if (lifeline_is_mounted_noexec(path, mount, sizeof mount)) {
        if (*mount) say(text, "the file system at %.400s is mounted noexec", mount);
        else say(text, "its file system is mounted noexec");
        return;
    }
    if (!may_execute(path)) {
        bool is_for_others = status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH);
        say(text, is_for_others ? "this user may not execute it" : "it is not executable");
        return;
    }
    struct program_file file;
    lifeline_read_program(path, &file);
    bool has_interpreter = file.kind == PROGRAM_SCRIPT || file.kind == PROGRAM_NATIVE;
    if (has_interpreter && explain_interpreter(&file, EACCES, depth, text)) return;
    say(text, "its mode and its file system allow it; a security policy may forbid it");
}

static void explain_missing(const char *path, int depth, struct text text) {
    struct stat status;
    if (stat(path, &status) == 0) {
        struct program_file file;
        lifeline_read_program(path, &file);
        if (explain_interpreter(&file, ENOENT, depth, text)) return;
        say(text, "the interpreter or loader that it names is missing");
        return;
    }
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
        char target[PATH_MAX];
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        say(text, "it is a symbolic link to %.400s, which does not exist", target);
        return;
    }
    if (strchr(path, '/')) explain_way(path, text);
}

static void explain_format(const char *path, int depth, struct text text) {
    struct program_file file;
    lifeline_read_program(path, &file);
    switch (file.kind) {
    case PROGRAM_EMPTY: say(text, "it is empty"); return;
    case PROGRAM_FOREIGN: say(text, "%s; this machine is %s", file.words, lifeline_machine()); return;
    case PROGRAM_OTHER: say(text, "it is %s", file.words); return;
    case PROGRAM_SCRIPT: explain_interpreter(&file, ENOEXEC, depth, text); return;
    case PROGRAM_NATIVE: say(text, "it is a damaged program"); return;
    case PROGRAM_UNREADABLE: say(text, "this user may not read it, so it is unknown what it is"); return;
    case PROGRAM_TEXT: return;
    }
}

static void explain(const char *path, int error, int depth, struct text text) {
    struct rlimit limit;
    switch (error) {
    case EACCES: explain_permission(path, depth, text); return;
    case ENOENT: explain_missing(path, depth, text); return;
    case ENOTDIR: explain_way(path, text); return;
    case ENOEXEC: explain_format(path, depth, text); return;
    case ETXTBSY: say(text, "a process has it open for writing; it may still be being copied"); return;
    case E2BIG: say(text, "the arguments and the environment together, or one of them, are longer than the kernel allows"); return;
    case EAGAIN:
        // The superuser is not bound by this limit, but by that of a control group.
        if (geteuid() != 0 && getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
            say(text, "this user may have %llu processes, ulimit -u, or the control group has no more to give",
                (unsigned long long)limit.rlim_cur);
        } else {
            say(text, "the control group or the system allows no more processes");
        }
        return;
    case ENOMEM: say(text, "the system or the control group has no memory left for it"); return;
#ifdef ELIBBAD
    case ELIBBAD: say(text, "its dynamic loader is damaged"); return;
#endif
    case EIO: say(text, "reading it from its disk or network file system failed"); return;
    default: return;
    }
}

void lifeline_explain(const char *path, int error, char *text, size_t capacity) {
    *text = 0;
    explain(path, error, 0, (struct text){text, capacity});
}

int modeljournal_explain_execution(const char *path, int error, char *text, int capacity) {
    lifeline_explain(path, error, text, (size_t)capacity);
    return *text != 0;
}
