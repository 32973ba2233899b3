/* Preloaded, it makes a model's file slow to open, as on a network disk: the first open of a file of the name
   TINY_SLOW_FILE takes TINY_LOAD_SECONDS. For servers that load no Python. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wait_for(const char *path) {
    static int is_open;
    const char *name = getenv("TINY_SLOW_FILE"), *seconds = getenv("TINY_LOAD_SECONDS"), *slash = strrchr(path, '/');
    if (is_open || !name || !seconds || strcmp(slash ? slash + 1 : path, name)) return;
    is_open = 1;
    /* Not in modeljournal, which may look at the file as well. */
    char program[4096] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0 || strstr(program, "modeljournal")) return;
    usleep((useconds_t)(atof(seconds) * 1e6));
}

#define OPEN(function)                                                          \
    int function(const char *path, int flags, ...) {                            \
        static int (*next)(const char *, int, ...);                             \
        if (!next) next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #function); \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        int mode = flags & O_CREAT ? va_arg(rest, int) : 0;                     \
        va_end(rest);                                                           \
        wait_for(path);                                                         \
        return next(path, flags, mode);                                         \
    }

#define FOPEN(function)                                                         \
    FILE *function(const char *path, const char *mode) {                        \
        static FILE *(*next)(const char *, const char *);                       \
        if (!next) next = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, #function); \
        wait_for(path);                                                         \
        return next(path, mode);                                                \
    }

OPEN(open)
OPEN(open64)
FOPEN(fopen)
FOPEN(fopen64)
