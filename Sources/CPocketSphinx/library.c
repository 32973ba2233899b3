// Finding the library and its functions at run time.
// For dladdr.
#define _GNU_SOURCE

#include "library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static void resolve_path(struct cps_library *library, const void *symbol) {
    Dl_info info;
    if (dladdr(symbol, &info) && info.dli_fname && strlen(info.dli_fname) < sizeof library->path) {
        char *path = realpath(info.dli_fname, NULL);
        snprintf(library->path, sizeof library->path, "%s", path ? path : info.dli_fname);
        free(path);
    }
}

// The name of the first function that is missing; NULL if all are there.
static const char *resolve(struct cps_library *library, void *handle) {
    const char *missing = NULL;
    void *symbol;
// dlsym yields a data pointer; POSIX says that it may be stored into a function pointer this way.
// It also looks into the library's dependencies, such as libsphinxbase.
#define RESOLVE(name)                                                       \
    if (!(symbol = dlsym(handle, #name))) missing = missing ? missing : #name; \
    memcpy(&library->name, &symbol, sizeof symbol)
    RESOLVE(ps_init);
    RESOLVE(ps_free);
    RESOLVE(ps_start_utt);
    RESOLVE(ps_process_raw);
    RESOLVE(ps_process_cep);
    RESOLVE(ps_end_utt);
    RESOLVE(ps_get_hyp);
    RESOLVE(err_set_callback);
    RESOLVE(err_set_logfp);
    // Release 5 still exports cmd_ln_parse_r, but not what belongs to it.
    if (dlsym(handle, "ps_config_init")) {
        RESOLVE(ps_config_init);
        RESOLVE(ps_config_set_str);
        RESOLVE(ps_config_set_bool);
        RESOLVE(ps_config_str);
        RESOLVE(ps_config_int);
        RESOLVE(ps_config_free);
        RESOLVE(ps_get_cmn);
        RESOLVE(ps_default_modeldir);
    } else {
        RESOLVE(ps_args);
        RESOLVE(cmd_ln_parse_r);
        RESOLVE(cmd_ln_int_r);
        RESOLVE(cmd_ln_free_r);
    }
#undef RESOLVE
    return missing;
}

// Takes the library's log over. Its err.h counts DEBUG, INFO, INFOCONT, WARN, ERROR, FATAL from 0;
// release 5 has no INFOCONT.
static void set_up_log(struct cps_library *library) {
    library->error_level = library->ps_config_init ? 3 : 4;
    library->fatal_level = library->error_level + 1;
    library->err_set_callback(cps_on_log, library);
    // Without this the older library also prints its whole configuration to stderr at each load.
    library->err_set_logfp(NULL);
}

const cps_library *cps_open(const char *path, char *error, size_t capacity) {
    // RTLD_LOCAL: two releases that are open at once must not see each other's functions.
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        snprintf(error, capacity, "%s", reason ? reason : "dlopen failed");
        return NULL;
    }
    struct cps_library *library = calloc(1, sizeof *library);
    if (!library) {
        snprintf(error, capacity, "out of memory");
        dlclose(handle);
        return NULL;
    }
    const char *missing = resolve(library, handle);
    if (missing) {
        snprintf(error, capacity, "has no function %s; PocketSphinx 5, 5prealpha or 0.8 is needed", missing);
        free(library);
        dlclose(handle);
        return NULL;
    }
    void *symbol;
    memcpy(&symbol, &library->ps_init, sizeof symbol);
    resolve_path(library, symbol);
    set_up_log(library);
    return library;
}

const char *cps_library_path(const cps_library *library) { return library->path; }

const char *cps_library_models(const cps_library *library) {
    return library->ps_default_modeldir ? library->ps_default_modeldir() : NULL;
}
