#include "CSQLiteSettings.h"

#ifdef __linux__
#include <sys/vfs.h>

int modeljournal_file_system_type(const char *path, uint32_t *type) {
    struct statfs status;
    if (statfs(path, &status) != 0) {
        return -1;
    }
    *type = (uint32_t)status.f_type;
    return 0;
}
#endif
