#pragma once

/// Executes a command, which is looked for in PATH if it has no slash, and gives to /bin/sh only what is text without
/// a first line that names an interpreter. Returns only if that fails.
///
/// @param tried gets the path that could not be executed, or the command's name if there is none.
/// @return why, as errno names it.
int lifeline_execute(char *const command[], char *tried, int capacity);
