#pragma once

#include <stdbool.h>
#include <stddef.h>

/// What the beginning of a file says about how it is executed.
enum program_kind {
    /// It cannot be read, and so nothing is known.
    PROGRAM_UNREADABLE,
    PROGRAM_EMPTY,
    /// An ELF file for this machine.
    PROGRAM_NATIVE,
    /// A program for another machine or system; `words` says which.
    PROGRAM_FOREIGN,
    /// `interpreter` is named in its first line.
    PROGRAM_SCRIPT,
    /// Text without such a line, which shells run as a script of their own.
    PROGRAM_TEXT,
    /// Nothing that can be executed; `words` says what it is.
    PROGRAM_OTHER,
};

struct program_file {
    enum program_kind kind;
    /// The interpreter of a script, or the dynamic loader of a native program; empty if it names none.
    char interpreter[512];
    /// The first line ends with a carriage return, which the kernel takes for a part of the name.
    bool has_carriage_return;
    /// The name of the interpreter goes beyond what the kernel reads of the first line.
    bool is_too_long;
    /// Empty, or what it is, as in "a program for RISC-V".
    char words[128];
};

/// Reads no more than the file's headers.
void lifeline_read_program(const char *path, struct program_file *file);

/// How the machine is called that this program was built for.
const char *lifeline_machine(void);
