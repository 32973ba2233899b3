// The prototypes of libpocketsphinx that the shim resolves, as in pocketsphinx.h of release 5.1.1, and
// in Debian's libpocketsphinx-dev and libsphinxbase-dev 0.8+5prealpha.
#pragma once

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include "CPocketSphinx.h"

struct cps_library {
    char path[4096];
    // This library's own numbers of the levels that matter here.
    int error_level, fatal_level;

    // All releases.
    void *(*ps_init)(void *config);
    int (*ps_free)(void *ps);
    int (*ps_start_utt)(void *ps);
    int (*ps_process_raw)(void *ps, const int16_t *data, size_t count, int no_search, int full_utt);
    // The features are float, or int32 in a fixed-point build: four bytes either way.
    int (*ps_process_cep)(void *ps, float **data, int32_t frames, int no_search, int full_utt);
    int (*ps_end_utt)(void *ps);
    const char *(*ps_get_hyp)(void *ps, int32_t *score);
    void (*err_set_callback)(void (*callback)(void *, int, const char *, ...), void *context);
    void (*err_set_logfp)(FILE *stream);

    // Release 5; all NULL in an older library.
    void *(*ps_config_init)(const void *definitions);
    const void *(*ps_config_set_str)(void *config, const char *name, const char *value);
    const void *(*ps_config_set_bool)(void *config, const char *name, int value);
    const char *(*ps_config_str)(void *config, const char *name);
    long (*ps_config_int)(void *config, const char *name);
    int (*ps_config_free)(void *config);
    const char *(*ps_get_cmn)(void *ps, int update);
    const char *(*ps_default_modeldir)(void);

    // 0.8 and 5prealpha; all NULL in release 5.
    const void *(*ps_args)(void);
    void *(*cmd_ln_parse_r)(void *config, const void *definitions, int32_t argc, char **argv, int32_t strict);
    long (*cmd_ln_int_r)(void *config, const char *name);
    int (*cmd_ln_free_r)(void *config);
};

// Where the log lines of the running call go, and the way out of it.
struct cps_call {
    cps_log log;
    void *context;
    jmp_buf escape;
};

// The call that the library is busy with on this thread.
extern _Thread_local struct cps_call *cps_current;

// What a library calls for each log line, on the thread that it works on; `library` is its cps_library.
void cps_on_log(void *library, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
