#pragma once

#include <stddef.h>

/// Says in a few words what the error's own words leave open: a directory that may not be searched, a file system that
/// is mounted noexec, a missing interpreter, a program for another machine.
///
/// @param error what executing the path failed with, as errno names it.
/// @param text gets the words; empty if the error says it all.
void lifeline_explain(const char *path, int error, char *text, size_t capacity);
