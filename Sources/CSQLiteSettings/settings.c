#include "CSQLiteSettings.h"

#include <sqlite3.h>
#include <stddef.h>

static const int settings[] = {
    SQLITE_DBCONFIG_DEFENSIVE,
    SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    SQLITE_DBCONFIG_DQS_DDL,
    SQLITE_DBCONFIG_DQS_DML,
};
static const int wanted[] = {1, 0, 0, 0};
enum { count = sizeof settings / sizeof settings[0] };

int modeljournal_sqlite_harden(struct sqlite3 *connection) {
    for (int index = 0; index < count; index++) {
        int result = sqlite3_db_config(connection, settings[index], wanted[index], NULL);
        if (result != SQLITE_OK) {
            return result;
        }
    }
    return SQLITE_OK;
}

int modeljournal_sqlite_checkpoint_on_close(struct sqlite3 *connection, int is_on) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !is_on, NULL);
}

int modeljournal_sqlite_settings(struct sqlite3 *connection) {
    int bits = 0;
    for (int index = 0; index < count; index++) {
        int value = -1;
        if (sqlite3_db_config(connection, settings[index], -1, &value) != SQLITE_OK) {
            return -1;
        }
        bits |= (value != 0) << index;
    }
    return bits;
}
