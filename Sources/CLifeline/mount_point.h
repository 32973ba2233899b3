#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Whether a file is on a file system from which nothing may be executed.
///
/// @param mount gets where that is mounted; empty if it cannot be known.
bool lifeline_is_mounted_noexec(const char *path, char *mount, size_t capacity);
