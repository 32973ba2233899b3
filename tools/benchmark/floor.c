// The least that a durable append costs on this disk: BEGIN IMMEDIATE, one INSERT into a bare table with
// one index, COMMIT, with synchronous=FULL and a write-ahead log.
//
//     floor DATABASE COUNT
//
// Prints each commit's time in nanoseconds, a line each. The database is made anew.

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static sqlite3 *db;

static void check(int code, int expected, const char *what) {
    if (code == expected) return;
    fprintf(stderr, "floor: %s: %s\n", what, sqlite3_errmsg(db));
    exit(74);
}

static void run(const char *sql) { check(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, sql); }

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, sql);
    return statement;
}

static void step(sqlite3_stmt *statement, const char *what) {
    check(sqlite3_step(statement), SQLITE_DONE, what);
    sqlite3_reset(statement);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
    long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: floor DATABASE COUNT\n");
        return 64;
    }
    unlink(argv[1]);
    check(sqlite3_open(argv[1], &db), SQLITE_OK, argv[1]);
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("CREATE TABLE event (id INTEGER PRIMARY KEY, model INTEGER, at INTEGER, what TEXT)");
    run("CREATE INDEX event_by_model ON event (model, id)");
    sqlite3_stmt *begin = prepared("BEGIN IMMEDIATE");
    sqlite3_stmt *insert = prepared("INSERT INTO event (model, at, what) VALUES (?, ?, 'LOADING')");
    sqlite3_stmt *commit = prepared("COMMIT");
    long long *times = malloc(count * sizeof *times);
    if (!times) return 71;
    for (long i = 0; i < count; i++) {
        long long begun = now();
        step(begin, "begin");
        sqlite3_bind_int64(insert, 1, i % 64);
        sqlite3_bind_int64(insert, 2, begun);
        step(insert, "insert");
        step(commit, "commit");
        times[i] = now() - begun;
    }
    for (long i = 0; i < count; i++) printf("%lld\n", times[i]);
    free(times);
    sqlite3_finalize(begin);
    sqlite3_finalize(insert);
    sqlite3_finalize(commit);
    sqlite3_close(db);
    return 0;
}
