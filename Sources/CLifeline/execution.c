// How the server's program is found and executed. Not by execvp, which gives to /bin/sh whatever the kernel refuses:
// the dash shell then takes a program for another processor for a script.
// For environ.
#define _GNU_SOURCE

#include "execution.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program_file.h"

extern char **environ;

/// Returns only if that fails.
static int execute_with_shell(const char *path, char *const command[]) {
    size_t count = 0;
    while (command[count]) count++;
    // The shell, the path, the arguments and the end.
    const char **words = calloc(count + 2, sizeof *words);
    if (!words) return ENOMEM;
    words[0] = "/bin/sh";
    words[1] = path;
    for (size_t i = 1; i < count; i++) words[i + 1] = command[i];
    execve(words[0], (char *const *)words, environ);
    int error = errno;
    free(words);
    return error;
}

/// Returns only if that fails.
static int execute(const char *path, char *const command[]) {
    execve(path, command, environ);
    int error = errno;
    if (error != ENOEXEC) return error;
    struct program_file file;
    lifeline_read_program(path, &file);
    return file.kind == PROGRAM_TEXT ? execute_with_shell(path, command) : error;
}

int lifeline_execute(char *const command[], char *tried, int capacity) {
    const char *name = command[0];
    snprintf(tried, (size_t)capacity, "%s", name);
    if (!*name) return ENOENT;
    if (strchr(name, '/')) return execute(name, command);
    const char *folder = getenv("PATH");
    if (!folder) folder = "/usr/local/bin:/usr/bin:/bin";
    // What was found and cannot be executed says more than a folder without it; a later folder may still have one
    // that can be.
    bool is_found = false;
    int result = ENOENT;
    while (true) {
        const char *end = folder + strcspn(folder, ":");
        char path[4096];
        // An empty entry is the working directory.
        int length =
            snprintf(path, sizeof path, "%.*s%s%s", (int)(end - folder), folder, end > folder ? "/" : "./", name);
        if (length > 0 && (size_t)length < sizeof path) {
            int error = execute(path, command);
            struct stat status;
            bool is_there = stat(path, &status) == 0 ? !S_ISDIR(status.st_mode) : errno == EACCES;
            if (is_there && !is_found) {
                is_found = true;
                result = error;
                snprintf(tried, (size_t)capacity, "%s", path);
            }
            if (is_there && error != ENOENT && error != EACCES) return result;
        }
        if (!*end) return result;
        folder = end + 1;
    }
}
