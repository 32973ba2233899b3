// Finding the library and its functions at run time.
// For dladdr.
#define _GNU_SOURCE

#include "library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// libsphinxbase comes along as a dependency of libpocketsphinx, and dlsym looks there too.
static const char *const names[] = {
#if __APPLE__
    "libpocketsphinx.3.dylib",
    "/opt/homebrew/lib/libpocketsphinx.3.dylib",
    "/usr/local/lib/libpocketsphinx.3.dylib",
#else
    "libpocketsphinx.so.3",
#endif
};

static void *open_first(const char *path, char *error, size_t capacity) {
    size_t count = path ? 1 : sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++) {
        void *handle = dlopen(path ? path : names[i], RTLD_NOW | RTLD_LOCAL);
        if (handle) return handle;
        const char *reason = dlerror();
        // The first name is the one to report: the others are guesses.
        if (i == 0) snprintf(error, capacity, "%s", reason ? reason : "dlopen failed");
    }
    return NULL;
}

static void resolve_path(struct cps_library *library, const void *symbol) {
    Dl_info info;
    if (dladdr(symbol, &info) && info.dli_fname && strlen(info.dli_fname) < sizeof library->path) {
        char *path = realpath(info.dli_fname, NULL);
        snprintf(library->path, sizeof library->path, "%s", path ? path : info.dli_fname);
        free(path);
    }
}

const cps_library *cps_open(const char *path, char *error, size_t capacity) {
    void *handle = open_first(path, error, capacity);
    if (!handle) return NULL;
    struct cps_library *library = calloc(1, sizeof *library);
    if (!library) {
        snprintf(error, capacity, "out of memory");
        return NULL;
    }
    const char *missing = NULL;
    void *symbol;
// dlsym yields a data pointer; POSIX says that it may be stored into a function pointer this way.
#define RESOLVE(name)                                                       \
    if (!(symbol = dlsym(handle, #name))) missing = missing ? missing : #name; \
    memcpy(&library->name, &symbol, sizeof symbol)
    RESOLVE(ps_args);
    RESOLVE(ps_init);
    RESOLVE(ps_free);
    RESOLVE(ps_start_utt);
    RESOLVE(ps_process_raw);
    RESOLVE(ps_process_cep);
    RESOLVE(ps_end_utt);
    RESOLVE(ps_get_hyp);
    RESOLVE(cmd_ln_parse_r);
    RESOLVE(cmd_ln_int_r);
    RESOLVE(cmd_ln_free_r);
    RESOLVE(err_set_callback);
    RESOLVE(err_set_logfp);
#undef RESOLVE
    if (missing) {
        snprintf(error, capacity, "has no function %s; PocketSphinx 0.8 or 5prealpha is needed", missing);
        free(library);
        dlclose(handle);
        return NULL;
    }
    memcpy(&symbol, &library->ps_init, sizeof symbol);
    resolve_path(library, symbol);
    library->err_set_callback(cps_on_log, NULL);
    // Without this the library also prints its whole configuration to stderr at each load.
    library->err_set_logfp(NULL);
    return library;
}

const char *cps_library_path(const cps_library *library) { return library->path; }
