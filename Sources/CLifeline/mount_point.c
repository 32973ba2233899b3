// Where the file system of a file is mounted.
#define _GNU_SOURCE

#include "mount_point.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#else
#include <sys/statvfs.h>
#endif

#if __APPLE__

bool lifeline_is_mounted_noexec(const char *path, char *mount, size_t capacity) {
    struct statfs status;
    *mount = 0;
    if (statfs(path, &status) != 0 || !(status.f_flags & MNT_NOEXEC)) return false;
    snprintf(mount, capacity, "%s", status.f_mntonname);
    return true;
}

#else

/// The kernel writes blanks and backslashes as three octal digits.
static void unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from; to++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] && from[3]) {
            *to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = 0;
}

static bool contains(const char *folder, const char *path) {
    size_t length = strlen(folder);
    if (strcmp(folder, "/") == 0) return true;
    return strncmp(folder, path, length) == 0 && (path[length] == '/' || path[length] == 0);
}

bool lifeline_is_mounted_noexec(const char *path, char *mount, size_t capacity) {
    *mount = 0;
    struct statvfs status;
    if (statvfs(path, &status) != 0 || !(status.f_flag & ST_NOEXEC)) return false;
    char whole[PATH_MAX], *line = NULL;
    size_t size = 0;
    FILE *table = realpath(path, whole) ? fopen("/proc/self/mountinfo", "re") : NULL;
    while (table && getline(&line, &size, table) > 0) {
        char folder[PATH_MAX];
        // ID, parent, device, root, mount point. Of several, the longest one counts, and the last of the same.
        if (sscanf(line, "%*s %*s %*s %*s %4095s", folder) != 1) continue;
        unescape(folder);
        if (contains(folder, whole) && strlen(folder) >= strlen(mount)) snprintf(mount, capacity, "%s", folder);
    }
    free(line);
    if (table) fclose(table);
    return true;
}

#endif
