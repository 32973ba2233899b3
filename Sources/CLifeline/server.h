#pragma once

#include <stdbool.h>
#include <sys/types.h>

/// Starts the command in a process group of its own, with a clean set of signals and descriptors.
/// @return its process ID, or -1 and errno.
pid_t lifeline_start_server(char *const command[]);

/// Leaves no descriptor above standard error open.
void lifeline_close_descriptors(void);

/// One line on standard error, in one write.
__attribute__((format(printf, 1, 2))) void lifeline_complain(const char *format, ...);

enum { LIFELINE_CANNOT_EXECUTE = 125 };
