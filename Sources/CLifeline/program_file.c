// What a file is that should be executed, as its first bytes tell.
#include "program_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The kernel reads 256 bytes of a script's first line.
enum { HEADER_SIZE = 512, KERNEL_READS = 256, MACHINE_X86_64 = 62, MACHINE_ARM64 = 183, MACHINE_RISC_V = 243 };

/// Numbers of the ELF specification's e_machine.
static const struct {
    int number;
    const char *name;
} machines[] = {
    {2, "SPARC"},           {3, "32-bit x86"},       {8, "MIPS"},        {15, "PA-RISC"},    {18, "SPARC"},
    {20, "32-bit PowerPC"}, {21, "64-bit PowerPC"},  {22, "s390"},       {40, "32-bit ARM"}, {42, "SuperH"},
    {43, "64-bit SPARC"},   {50, "Itanium"},         {62, "x86-64"},     {183, "ARM64"},     {190, "NVIDIA GPUs"},
    {224, "AMD GPUs"},      {243, "RISC-V"},         {247, "the BPF machine of the kernel"}, {258, "LoongArch"},
};

static int own_machine(void) {
#if defined(__x86_64__)
    return MACHINE_X86_64;
#elif defined(__aarch64__)
    return MACHINE_ARM64;
#elif defined(__riscv)
    return MACHINE_RISC_V;
#else
    return 0;
#endif
}

static const char *machine_name(int number) {
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        if (machines[i].number == number) return machines[i].name;
    }
    return NULL;
}

const char *lifeline_machine(void) {
    const char *name = machine_name(own_machine());
    return name ? name : "another one";
}

/// Other formats, by the bytes that they begin with. Models and archives are among them: a wrong path in a
/// command names one of them more often than a program for another system.
static const struct {
    const char *magic;
    size_t length;
    enum program_kind kind;
    const char *words;
} formats[] = {
    {"\xfe\xed\xfa\xce", 4, PROGRAM_FOREIGN, "a program for macOS"},
    {"\xfe\xed\xfa\xcf", 4, PROGRAM_FOREIGN, "a program for macOS"},
    {"\xce\xfa\xed\xfe", 4, PROGRAM_FOREIGN, "a program for macOS"},
    {"\xcf\xfa\xed\xfe", 4, PROGRAM_FOREIGN, "a program for macOS"},
    {"MZ", 2, PROGRAM_FOREIGN, "a program for Windows"},
    {"GGUF", 4, PROGRAM_OTHER, "a model file (GGUF)"},
    {"lmgg", 4, PROGRAM_OTHER, "a model file (GGML)"},
    {"PK\x03\x04", 4, PROGRAM_OTHER, "a zip archive"},
    {"\x1f\x8b", 2, PROGRAM_OTHER, "a file compressed with gzip"},
    {"\xfd"
     "7zXZ",
     5, PROGRAM_OTHER, "a file compressed with xz"},
    {"BZh", 3, PROGRAM_OTHER, "a file compressed with bzip2"},
    {"\x28\xb5\x2f\xfd", 4, PROGRAM_OTHER, "a file compressed with zstd"},
    {"!<arch>\n", 8, PROGRAM_OTHER, "a library of object files"},
    {"\xef\xbb\xbf#!", 5, PROGRAM_OTHER, "a script with a byte order mark before its #!"},
    {"\xff\xfe", 2, PROGRAM_OTHER, "text in UTF-16"},
    {"\xfe\xff", 2, PROGRAM_OTHER, "text in UTF-16"},
};

/// Fields of an ELF file in the order of bytes that it names itself.
struct elf {
    const unsigned char *header;
    bool is_wide, is_little;
};

static uint64_t field(const struct elf *elf, const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | bytes[elf->is_little ? size - 1 - i : i];
    return value;
}

/// The path in its segment of type PT_INTERP.
static void read_loader(int descriptor, const struct elf *elf, char *loader, size_t capacity) {
    uint64_t offset = elf->is_wide ? field(elf, elf->header + 32, 8) : field(elf, elf->header + 28, 4);
    size_t size = field(elf, elf->header + (elf->is_wide ? 54 : 42), 2);
    size_t count = field(elf, elf->header + (elf->is_wide ? 56 : 44), 2);
    unsigned char entry[64];
    if (size < (elf->is_wide ? 56u : 32u) || size > sizeof entry) return;
    for (size_t i = 0; i < count && i < 128; i++) {
        if (pread(descriptor, entry, size, (off_t)(offset + i * size)) != (ssize_t)size) return;
        if (field(elf, entry, 4) != 3) continue;
        uint64_t place = elf->is_wide ? field(elf, entry + 8, 8) : field(elf, entry + 4, 4);
        uint64_t length = elf->is_wide ? field(elf, entry + 32, 8) : field(elf, entry + 16, 4);
        if (length > capacity - 1) length = capacity - 1;
        ssize_t got = pread(descriptor, loader, (size_t)length, (off_t)place);
        loader[got > 0 ? got : 0] = 0;
        return;
    }
}

static void read_elf(int descriptor, const unsigned char *header, size_t length, struct program_file *file) {
    file->kind = PROGRAM_OTHER;
    if (length < 52 || header[4] < 1 || header[4] > 2 || header[5] < 1 || header[5] > 2 ||
        (header[4] == 2 && length < 64)) {
        snprintf(file->words, sizeof file->words, "a damaged ELF file");
        return;
    }
    struct elf elf = {.header = header, .is_wide = header[4] == 2, .is_little = header[5] == 1};
    int type = (int)field(&elf, header + 16, 2), machine = (int)field(&elf, header + 18, 2);
    if (own_machine() && machine != own_machine()) {
        const char *name = machine_name(machine);
        file->kind = PROGRAM_FOREIGN;
        if (name) snprintf(file->words, sizeof file->words, "a program for %s", name);
        else snprintf(file->words, sizeof file->words, "a program for another processor (ELF machine %d)", machine);
        return;
    }
    if (type == 1 || type == 4) {
        snprintf(file->words, sizeof file->words, type == 1 ? "an object file, not a program" : "a core dump");
        return;
    }
    file->kind = PROGRAM_NATIVE;
    read_loader(descriptor, &elf, file->interpreter, sizeof file->interpreter);
}

static void read_script(const char *header, size_t length, struct program_file *file) {
    file->kind = PROGRAM_SCRIPT;
    const char *end = memchr(header, '\n', length);
    if (!end) end = header + length;
    const char *start = header + 2;
    while (start < end && (*start == ' ' || *start == '\t')) start++;
    const char *stop = start;
    while (stop < end && *stop != ' ' && *stop != '\t' && *stop != 0) stop++;
    if (stop > start && stop[-1] == '\r') {
        file->has_carriage_return = true;
        stop--;
    }
    file->is_too_long = stop - header >= KERNEL_READS;
    size_t size = (size_t)(stop - start);
    if (size > sizeof file->interpreter - 1) size = sizeof file->interpreter - 1;
    memcpy(file->interpreter, start, size);
    file->interpreter[size] = 0;
}

/// As shells decide it: by the first line, as an archive may follow the lines that unpack it.
static bool is_text(const char *header, size_t length) {
    for (size_t i = 0; i < length && header[i] != '\n'; i++) {
        unsigned char byte = (unsigned char)header[i];
        if (byte == 127 || (byte < ' ' && byte != '\t' && byte != '\r' && byte != '\f' && byte != 27)) return false;
    }
    return true;
}

static void read_header(int descriptor, const char *header, size_t length, struct program_file *file) {
    if (length == 0) {
        file->kind = PROGRAM_EMPTY;
        return;
    }
    if (length >= 4 && memcmp(header, "\x7f" "ELF", 4) == 0) {
        read_elf(descriptor, (const unsigned char *)header, length, file);
        return;
    }
    if (length >= 2 && header[0] == '#' && header[1] == '!') {
        read_script(header, length, file);
        return;
    }
    // The same four bytes begin a program for several machines of macOS, and a class of Java. What follows is a
    // small number for the first, and a version for the second.
    if (length >= 8 && memcmp(header, "\xca\xfe\xba\xbe", 4) == 0) {
        bool is_java = (unsigned char)header[7] >= 45;
        file->kind = is_java ? PROGRAM_OTHER : PROGRAM_FOREIGN;
        snprintf(file->words, sizeof file->words, is_java ? "a class of Java" : "a program for macOS");
        return;
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (length < formats[i].length || memcmp(header, formats[i].magic, formats[i].length) != 0) continue;
        // Text may begin with two letters as well.
        if (formats[i].length == 2 && is_text(header, length)) continue;
        file->kind = formats[i].kind;
        snprintf(file->words, sizeof file->words, "%s", formats[i].words);
        return;
    }
    file->kind = is_text(header, length) ? PROGRAM_TEXT : PROGRAM_OTHER;
    if (file->kind == PROGRAM_OTHER) snprintf(file->words, sizeof file->words, "neither a program nor a script");
}

void lifeline_read_program(const char *path, struct program_file *file) {
    *file = (struct program_file){.kind = PROGRAM_UNREADABLE};
    // Not to wait for the other side of a pipe.
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return;
    char header[HEADER_SIZE];
    ssize_t length = pread(descriptor, header, sizeof header, 0);
    if (length >= 0) read_header(descriptor, header, (size_t)length, file);
    close(descriptor);
}
