// libpocketsphinx 0.8 / 5prealpha (soname 3), found with dlopen at run time, as a small interface
// without types of its own. Nothing here needs the library's headers.
//
// The library speaks through one log function for the whole process, prints to stderr where
// nobody set one, and ends a FATAL line with exit(1). The shim gives each call its own log, keyed
// by the calling thread, and leaves the call instead of the process when a FATAL line comes.
//
// Any thread may call; one decoder belongs to one call at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if __clang__
#pragma clang assume_nonnull begin
#endif

typedef struct cps_library cps_library;
typedef struct cps_decoder cps_decoder;

// The library's own numbers.
enum { CPS_LEVEL_ERROR = 4, CPS_LEVEL_FATAL = 5 };

typedef enum cps_outcome {
    CPS_OK = 0,
    // The library refused, and can go on.
    CPS_REFUSED = 1,
    // The library gave up with a FATAL line: what it had allocated by then is lost, and a decoder
    // that was in use must only be freed.
    CPS_GAVE_UP = 2,
} cps_outcome;

// Hears each log line of one call, on the calling thread. `text` is valid during the call only; it
// usually ends in a newline, and may hold several lines or part of one.
typedef void (*cps_log)(void *_Nullable context, int level, const char *text);

// Opens the library at `path`, or where the system keeps it if that is NULL.
// Returns NULL and one line in `error` if there is none, or not this version of it. An opened
// library stays for the life of the process.
const cps_library *_Nullable cps_open(const char *_Nullable path, char *error, size_t capacity);

// The file the library came from with all links resolved; empty if that is unknown.
const char *cps_library_path(const cps_library *library);

// Loads a model: an acoustic model's folder, a language model and a dictionary. Blocks for as long
// as that takes; cannot be interrupted.
cps_outcome cps_decoder_create(
    const cps_library *library, const char *hmm, const char *lm, const char *dict, cps_log log,
    void *_Nullable context, cps_decoder *_Nullable *_Nonnull decoder);

// Decodes one whole utterance: mono, signed 16 bit, 16 kHz, native byte order. `*frames` is how
// many frames of 10 ms were searched, `*text` what was heard: empty if nothing, valid until the
// next call on this decoder.
cps_outcome cps_decoder_decode(
    cps_decoder *decoder, const int16_t *samples, size_t count, cps_log log, void *_Nullable context,
    int *frames, const char *_Nullable *_Nonnull text);

// Searches `frames` frames of 10 ms of silent features. The library's front end drops silence
// before the search, so this is the way to exercise the search without speech.
cps_outcome cps_decoder_search_silence(cps_decoder *decoder, int frames, cps_log log, void *_Nullable context);

void cps_decoder_free(cps_decoder *decoder, cps_log log, void *_Nullable context);

#if __clang__
#pragma clang assume_nonnull end
#endif
