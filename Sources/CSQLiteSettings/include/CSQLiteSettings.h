#pragma once

#include <stdint.h>

/// SQLite's `sqlite3_db_config` is variadic, which Swift cannot call.

struct sqlite3;

/// The settings that every connection of the journal has: DEFENSIVE on, TRUSTED_SCHEMA off, and no
/// string literals in double quotes.
/// @return SQLITE_OK, or the first error of SQLite.
int modeljournal_sqlite_harden(struct sqlite3 *connection);

/// Whether the last connection to be closed copies the log into the database and removes it, as SQLite does by itself.
/// @return SQLITE_OK, or the error of SQLite.
int modeljournal_sqlite_checkpoint_on_close(struct sqlite3 *connection, int is_on);

/// The settings as they are now: bit 0 DEFENSIVE, bit 1 TRUSTED_SCHEMA, bit 2 and 3 double-quoted
/// strings in DDL and DML; negative if SQLite does not tell.
int modeljournal_sqlite_settings(struct sqlite3 *connection);

#ifdef __linux__
/// The number of the path's file system, from statfs(2), which Swift's view of the C library lacks.
/// @return 0, or -1 where nothing is there.
int modeljournal_file_system_type(const char *path, uint32_t *type);
#endif
