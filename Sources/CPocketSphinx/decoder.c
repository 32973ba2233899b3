// The calls into the library, each with a log of its own and a way out of a FATAL line.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "library.h"

_Thread_local struct cps_call *cps_current;

void cps_on_log(void *context, int level, const char *format, ...) {
    const struct cps_library *library = context;
    struct cps_call *call = cps_current;
    // Another user of the library in this process: its lines have nowhere to go.
    if (!call) return;
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int is_fatal = level >= library->fatal_level;
    int is_error = level >= library->error_level;
    call->log(call->context, is_fatal ? CPS_LEVEL_FATAL : is_error ? CPS_LEVEL_ERROR : CPS_LEVEL_INFO, text);
    // The library calls exit(1) as soon as this function returns. It holds no lock here, and every
    // frame between here and the setjmp is C.
    if (is_fatal) longjmp(call->escape, 1);
}

static cps_outcome guarded(cps_outcome (*body)(void *), void *work, cps_log log, void *context) {
    struct cps_call call = {.log = log, .context = context};
    struct cps_call *outer = cps_current;
    cps_current = &call;
    cps_outcome outcome;
    if (setjmp(call.escape) == 0) {
        outcome = body(work);
    } else {
        outcome = CPS_GAVE_UP;
    }
    cps_current = outer;
    return outcome;
}

struct cps_decoder {
    const cps_library *library;
    void *config;
    void *ps;
    // The library gave up in the middle of a call, so its memory may be in any state.
    int broken;
};

struct create {
    cps_decoder *decoder;
    const char *hmm, *lm, *dict;
};

// Both ways to configure turn the memory map off: a model file that shrinks later must not end the
// process with SIGBUS.
static int configure(struct create *work) {
    const cps_library *library = work->decoder->library;
    void *config = library->ps_config_init(NULL);
    work->decoder->config = config;
    return config && library->ps_config_set_str(config, "hmm", work->hmm)
        && library->ps_config_set_str(config, "lm", work->lm) && library->ps_config_set_str(config, "dict", work->dict)
        && library->ps_config_set_bool(config, "mmap", 0)
        // ps_init sets the level of the whole process's log by this, and to WARN without it.
        && library->ps_config_set_str(config, "loglevel", "INFO");
}

static int configure_by_arguments(struct create *work) {
    const cps_library *library = work->decoder->library;
    char *arguments[] = {
        "modeljournal", "-hmm", (char *)work->hmm, "-lm", (char *)work->lm, "-dict", (char *)work->dict, "-mmap", "no",
    };
    int32_t count = sizeof arguments / sizeof *arguments;
    work->decoder->config = library->cmd_ln_parse_r(NULL, library->ps_args(), count, arguments, 1);
    return work->decoder->config != NULL;
}

static cps_outcome create_body(void *context) {
    struct create *work = context;
    cps_decoder *decoder = work->decoder;
    int is_configured = decoder->library->ps_config_init ? configure(work) : configure_by_arguments(work);
    if (!is_configured) return CPS_REFUSED;
    decoder->ps = decoder->library->ps_init(decoder->config);
    return decoder->ps ? CPS_OK : CPS_REFUSED;
}

static void free_config(cps_decoder *decoder) {
    const cps_library *library = decoder->library;
    if (library->ps_config_free) {
        library->ps_config_free(decoder->config);
    } else {
        library->cmd_ln_free_r(decoder->config);
    }
}

cps_outcome cps_decoder_create(
    const cps_library *library, const char *hmm, const char *lm, const char *dict, cps_log log, void *context,
    cps_decoder **decoder) {
    *decoder = NULL;
    cps_decoder *made = calloc(1, sizeof *made);
    if (!made) return CPS_REFUSED;
    made->library = library;
    struct create work = {made, hmm, lm, dict};
    cps_outcome outcome = guarded(create_body, &work, log, context);
    if (outcome == CPS_OK) {
        *decoder = made;
    } else {
        // A decoder lost by CPS_GAVE_UP holds a reference of its own.
        if (made->config) free_config(made);
        free(made);
    }
    return outcome;
}

struct decode {
    cps_decoder *decoder;
    const int16_t *samples;
    size_t count;
    int frames;
    const char *text;
};

// Whether the utterance just searched was silence. Release 5 does not drop silence before the search.
// It divides by the number of frames whose energy is positive; if there are none, it searches features
// that are not a number, and finds some word in them.
static int was_silence(const cps_decoder *decoder) {
    const cps_library *library = decoder->library;
    if (!library->ps_get_cmn) return 0;
    // Without a mean of the features, ps_get_cmn would follow a null pointer.
    const char *scheme = library->ps_config_str(decoder->config, "cmn");
    if (!scheme || strcmp(scheme, "none") == 0) return 0;
    const char *mean = library->ps_get_cmn(decoder->ps, 0);
    return mean && strstr(mean, "nan");
}

static cps_outcome decode_body(void *context) {
    struct decode *work = context;
    const cps_library *library = work->decoder->library;
    void *ps = work->decoder->ps;
    if (library->ps_start_utt(ps) < 0) return CPS_REFUSED;
    work->frames = library->ps_process_raw(ps, work->samples, work->count, 0, 1);
    int ended = library->ps_end_utt(ps);
    if (work->frames < 0 || ended < 0) return CPS_REFUSED;
    int32_t score = 0;
    work->text = library->ps_get_hyp(ps, &score);
    if (was_silence(work->decoder)) {
        work->frames = 0;
        work->text = NULL;
    }
    return CPS_OK;
}

cps_outcome cps_decoder_decode(
    cps_decoder *decoder, const int16_t *samples, size_t count, cps_log log, void *context, int *frames,
    const char **text) {
    struct decode work = {.decoder = decoder, .samples = samples, .count = count};
    cps_outcome outcome = decoder->broken ? CPS_REFUSED : guarded(decode_body, &work, log, context);
    if (outcome == CPS_GAVE_UP) decoder->broken = 1;
    *frames = outcome == CPS_OK ? work.frames : 0;
    *text = outcome == CPS_OK && work.text ? work.text : "";
    return outcome;
}

struct search_silence {
    cps_decoder *decoder;
    float **frames;
    int32_t count;
};

static cps_outcome search_silence_body(void *context) {
    struct search_silence *work = context;
    const cps_library *library = work->decoder->library;
    void *ps = work->decoder->ps;
    if (library->ps_start_utt(ps) < 0) return CPS_REFUSED;
    int searched = library->ps_process_cep(ps, work->frames, work->count, 0, 1);
    return library->ps_end_utt(ps) < 0 || searched < 0 ? CPS_REFUSED : CPS_OK;
}

cps_outcome cps_decoder_search_silence(cps_decoder *decoder, int frames, cps_log log, void *context) {
    if (decoder->broken) return CPS_REFUSED;
    if (frames <= 0) return CPS_OK;
    const cps_library *library = decoder->library;
    long length = library->ps_config_int ? library->ps_config_int(decoder->config, "ceplen")
                                         : library->cmd_ln_int_r(decoder->config, "-ceplen");
    if (length <= 0 || length > 1000) return CPS_REFUSED;
    // The library normalises its input in place, so every frame needs room of its own.
    float *values = calloc((size_t)frames * (size_t)length, sizeof *values);
    float **rows = calloc((size_t)frames, sizeof *rows);
    cps_outcome outcome = CPS_REFUSED;
    if (values && rows) {
        for (int i = 0; i < frames; i++) rows[i] = values + (size_t)i * (size_t)length;
        struct search_silence work = {decoder, rows, frames};
        outcome = guarded(search_silence_body, &work, log, context);
        if (outcome == CPS_GAVE_UP) decoder->broken = 1;
    }
    free(rows);
    free(values);
    return outcome;
}

static cps_outcome free_body(void *context) {
    cps_decoder *decoder = context;
    decoder->library->ps_free(decoder->ps);
    free_config(decoder);
    return CPS_OK;
}

void cps_decoder_free(cps_decoder *decoder, cps_log log, void *context) {
    // Freeing what a FATAL line left half-changed could corrupt the heap: better to lose it.
    if (!decoder->broken) guarded(free_body, decoder, log, context);
    free(decoder);
#ifdef __GLIBC__
    // A model is a hundred megabytes of small pieces, which the allocator would keep.
    malloc_trim(0);
#endif
}
