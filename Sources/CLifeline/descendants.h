#pragma once

#include <sys/types.h>

/// Sends a signal to every living descendant of this process that is not in the process group `except`
/// (0: to all of them). Where the system has no /proc, does nothing.
///
/// Descendants are born while this looks: whoever wants all of them calls it until none is left.
void lifeline_signal_descendants(int signal, pid_t except);
