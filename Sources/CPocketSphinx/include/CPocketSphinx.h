// libpocketsphinx, opened with dlopen at run time, as a small interface without types of its own:
// release 5 (soname 5), and 0.8 and 5prealpha (soname 3). Nothing here needs the library's headers.
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

// The level of a log line. The library's own numbers differ between its releases.
enum { CPS_LEVEL_INFO = 1, CPS_LEVEL_ERROR = 4, CPS_LEVEL_FATAL = 5 };

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

// Opens the library at `path`; a name without a slash is looked up by the system's loader.
// Returns NULL and one line in `error` if it is missing or lacks a function. An opened library
// stays for the life of the process. Several may be open at once, of different releases too.
const cps_library *_Nullable cps_open(const char *path, char *error, size_t capacity);

// The file the library came from with all links resolved; empty if that is unknown.
const char *cps_library_path(const cps_library *library);

// The folder that holds the models that were installed with the library; NULL if it names none.
const char *_Nullable cps_library_models(const cps_library *library);

// Loads a model: an acoustic model's folder, a language model and a dictionary. Blocks for as long
// as that takes; cannot be interrupted.
cps_outcome cps_decoder_create(
    const cps_library *library, const char *hmm, const char *lm, const char *dict, cps_log log,
    void *_Nullable context, cps_decoder *_Nullable *_Nonnull decoder);

// Decodes one whole utterance: mono, signed 16 bit, 16 kHz, native byte order. `*frames` is how
// many frames of 10 ms were searched, 0 if all of them are silent. `*text` is what was heard: empty
// if nothing, valid until the next call on this decoder.
cps_outcome cps_decoder_decode(
    cps_decoder *decoder, const int16_t *samples, size_t count, cps_log log, void *_Nullable context,
    int *frames, const char *_Nullable *_Nonnull text);

// Searches `frames` frames of 10 ms of silent features: the way to exercise the search without
// speech, as silent audio does not get that far, or not in a usable form.
cps_outcome cps_decoder_search_silence(cps_decoder *decoder, int frames, cps_log log, void *_Nullable context);

void cps_decoder_free(cps_decoder *decoder, cps_log log, void *_Nullable context);

#if __clang__
#pragma clang assume_nonnull end
#endif
