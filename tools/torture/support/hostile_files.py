"""Damaged and hostile files, made by chance from a small real journal.

Each maker takes a generator, the path and the originals, puts the file there, with what lies beside it, and says in
words what it did. `KINDS` has them all, with their weights; `damaged_export` does the same to what `export` put out.
"""
import json
import math
import os
import re
import socket
import sqlite3
import stat
import struct
import subprocess

from . import programs

PAGE = 2048
VIEWS = ["transitions", "runs", "load_timings", "failed_warmups", "current_states", "startup_stats"]


# The originals -----------------------------------------------------------------------------------

class Originals:
    """The bytes of journals and others' databases, by suffix, that all files are made from."""

    def __init__(self, folder, chance):
        self.folder = folder
        self.closed = self.make_journal(chance)
        self.single = self.copied(self.path("journal"), "single")
        self.live = self.live_journal("live")
        self.other = self.live_journal("other")
        self.export = self.exported()
        self.runs = sorted({json.loads(line)["run_id"] for line in self.export.splitlines()})
        self.foreign = {"": self.foreign_database("foreign", 0x0F055112)[""]}
        self.unnamed = {"": self.foreign_database("unnamed", 0)[""]}
        self.foreign_log = self.foreign_database("foreign-log", 0, keeps_log=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name, suffixes=("", "-wal")):
        return {suffix: open_bytes(self.path(name) + suffix) for suffix in suffixes}

    def make_journal(self, chance):
        """A journal with good, failed, killed and replaced runs of several models, which nobody has open."""
        path = self.path("journal")
        port = chance.randint(20000, 30000)
        url = f"http://127.0.0.1:{port}"

        def run(model, options, flags):
            programs.ask(["run", "--journal", path, "--once", "--model", model, "--probe", url + "/health",
                          "--probe-interval", "20ms", "--warmup-url", url + "/infer", "--warmup-body", "{}"]
                         + options + ["--", programs.program("scripted-server"), "--port", str(port)] + flags)

        run("m", [], [])
        run("m", ["--warmup-count", "3", "--digest"], [])
        run("m", [], ["--exit", "3", "--print-stderr", "error: no such file"])
        run("second", ["--max-retries", "2", "--retry-backoff", "20ms"], ["--exit", "4"])
        run("m", ["--fallback", "second"], ["--warmup-status", "500"])
        with programs.Actor() as killed:
            for line in (f"open {path}", "claim third", "stress 23"):
                killed.tell(line)
        # Settles what the killed one left.
        run("m", [], [])
        database = sqlite3.connect(path)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return self.read("journal", ("",))

    def copied(self, source, name):
        """As one file that needs no log."""
        programs.ask(["backup", "--journal", source, self.path(name)])
        return self.read(name, ("",))

    def live_journal(self, name):
        """A journal and its log, as a killed engine leaves them."""
        path = self.path(name)
        with programs.Actor() as earlier:
            for line in (f"open {path}", "claim one", "stress 60", "close"):
                earlier.tell(line)
        with programs.Actor() as actor:
            for line in (f"open {path}", "claim two", "stress 20"):
                actor.tell(line)
        return self.read(name)

    def exported(self):
        answer = subprocess.run([programs.program("modeljournal"), "export", "--journal", self.path("single")],
                                check=True, capture_output=True, env=programs.environment())
        return answer.stdout

    def foreign_database(self, name, application, keeps_log=False):
        """Another program's database, with its log where it has it open."""
        database = sqlite3.connect(self.path(name), isolation_level=None)
        database.execute(f"PRAGMA application_id = {application}")
        if keeps_log:
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE transition (seq INTEGER PRIMARY KEY, note)")
        database.executemany("INSERT INTO transition (note) VALUES (?)", [("a note",)] * 50)
        files = {suffix: open_bytes(self.path(name) + suffix) for suffix in ("", "-wal")[:1 + keeps_log]}
        database.close()
        return files


def open_bytes(path):
    """By another process: closing it here would drop the locks that SQLite holds in this one."""
    return subprocess.run(["cat", path], check=True, capture_output=True).stdout


def put(path, files):
    for suffix, data in files.items():
        with open(path + suffix, "wb") as file:
            file.write(data)


# Damage to bytes ---------------------------------------------------------------------------------
# Each changes a bytearray, and says what it did.

def flip_bits(chance, data):
    bits = [chance.randrange(len(data) * 8) for _ in range(chance.choice((1, 2, 8, 100)))]
    for bit in bits:
        data[bit // 8] ^= 1 << bit % 8
    return f"bits {bits[:3]}"


def overwrite(chance, data):
    start = chance.randrange(len(data))
    length = min(chance.choice((1, 4, 100, 512, PAGE, 3 * PAGE)), len(data) - start)
    with_what = chance.choice(("00", "ff", "random"))
    what = chance.randbytes(length) if with_what == "random" else bytes.fromhex(with_what) * length
    data[start:start + length] = what
    return f"{length} bytes at {start} with {with_what}"


def cut(chance, data):
    size = chance.choice((chance.randrange(len(data)), chance.randrange(len(data) // PAGE + 1) * PAGE,
                          chance.randrange(200)))
    size = max(0, min(len(data), size + chance.choice((-1, 0, 0, 1))))
    del data[size:]
    return f"to {size}"


def lengthen(chance, data):
    count = chance.choice((1, 100, PAGE, 10 * PAGE))
    data += chance.randbytes(count)
    return f"by {count}"


def swap_pages(chance, data):
    one, other = (chance.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    data[one:one + PAGE], data[other:other + PAGE] = data[other:other + PAGE], data[one:one + PAGE]
    return f"{one // PAGE + 1} and {other // PAGE + 1}"


def double_page(chance, data):
    source, target = (chance.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    data[target:target + PAGE] = data[source:source + PAGE]
    return f"{source // PAGE + 1} as {target // PAGE + 1}, too"


# Offset and length of what the file's first bytes say.
HEADER = {"page size": (16, 2), "write version": (18, 1), "read version": (19, 1), "reserved": (20, 1),
          "payload fractions": (21, 3), "change counter": (24, 4), "size": (28, 4), "freelist": (32, 4),
          "freelist count": (36, 4), "schema cookie": (40, 4), "schema format": (44, 4), "cache size": (48, 4),
          "largest root": (52, 4), "encoding": (56, 4), "user_version": (60, 4), "incremental vacuum": (64, 4),
          "application_id": (68, 4), "expansion": (72, 20), "valid for": (92, 4), "library": (96, 4)}


def edit_header(chance, data):
    said = []
    for _ in range(chance.choice((1, 1, 2, 4))):
        name = chance.choice(list(HEADER))
        offset, length = HEADER[name]
        value = chance.choice((0, 1, 2, 3, 4, 5, 2 ** (8 * length) - 1, 2 ** (8 * length - 1),
                               chance.randrange(2 ** (8 * length)), 1 << chance.randrange(8 * length)))
        data[offset:offset + length] = value.to_bytes(length, "big")
        said.append(f"{name} {value}")
    return ", ".join(said)


def edit_b_tree(chance, data):
    """A page's own header: its type, counts and pointers."""
    said = []
    for _ in range(chance.choice((1, 1, 2, 5))):
        page = chance.randrange(len(data) // PAGE)
        start = page * PAGE + (100 if page == 0 else 0)
        cells = max(1, int.from_bytes(data[start + 3:start + 5], "big"))
        pointer = (12 if data[start] in (2, 5) else 8) + 2 * chance.randrange(min(cells, 400))
        name, offset, length = chance.choice((
            ("type", 0, 1), ("free block", 1, 2), ("cell count", 3, 2), ("content", 5, 2), ("fragments", 7, 1),
            ("right child", 8, 4), ("cell pointer", pointer, 2)))
        value = chance.choice((0, 1, 2, 5, 10, 13, 2 ** (8 * length) - 1, chance.randrange(2 ** (8 * length)),
                               chance.randrange(PAGE) % 2 ** (8 * length)))
        data[start + offset:start + offset + length] = value.to_bytes(length, "big")
        said.append(f"page {page + 1} {name} {value}")
    return ", ".join(said)


BYTE_EDITS = [flip_bits, overwrite, cut, lengthen, swap_pages, double_page, edit_header, edit_b_tree]


def damaged_bytes(chance, path, originals):
    files = {suffix: bytearray(data) for suffix, data in chance.choice(
        (originals.closed, originals.closed, originals.single, originals.live)).items()}
    edits = [chance.choice(BYTE_EDITS) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    said = []
    for edit in edits:
        # A file that was cut has no pages to swap.
        if len(files[""]) >= PAGE:
            said.append(edit.__name__.replace("_", " ") + " " + edit(chance, files[""]))
    put(path, files)
    return f"{'with' if '-wal' in files else 'without'} a log; " + "; ".join(said)


# Damage to logs ----------------------------------------------------------------------------------

def damaged_log(chance, path, originals):
    files = {suffix: bytearray(data) for suffix, data in originals.live.items()}
    log = files["-wal"]
    frame = 32 + chance.randrange((len(log) - 32) // (24 + PAGE)) * (24 + PAGE)
    how = chance.choice(("bits", "bytes", "cut", "longer", "header", "frame", "garbage", "other's", "closed", "empty",
                         "swapped", "odd"))
    said = ""
    if how == "header":
        offset = chance.randrange(8) * 4
        log[offset:offset + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", chance.randbytes(4)))
        said = str(offset)
    elif how == "frame":
        offset = frame + chance.randrange(6) * 4
        log[offset:offset + 4] = chance.choice((b"\0\0\0\0", b"\0\0\0\1", b"\xff\xff\xff\xff", chance.randbytes(4)))
        said = str(offset)
    elif how == "garbage":
        files["-wal"] = chance.randbytes(chance.choice((1, 31, 32, 100, 5000, 100000)))
    elif how == "other's":
        files["-wal"] = chance.choice((originals.other, originals.foreign_log))["-wal"]
    elif how == "closed":
        files = {"": chance.choice((originals.closed, originals.single))[""], "-wal": log}
    elif how == "swapped":
        files = {"": log, "-wal": files[""]}
    elif how == "empty":
        files["-wal"] = b""
    elif how == "odd":
        del files["-wal"]
        said = odd_thing(chance, path + "-wal")
    else:
        said = {"bits": flip_bits, "bytes": overwrite, "cut": cut, "longer": lengthen}[how](chance, log)
    put(path, files)
    return f"{how} {said}"


def index_of_a_log(chance, path, originals):
    """An index (-shm) of no log, or of another one."""
    files = chance.choice((originals.closed, originals.single, originals.live))
    put(path, files | {"-shm": chance.randbytes(chance.choice((0, 1, 136, 32768, 40000)))})
    return "with a log" if "-wal" in files else "without a log"


def rollback_log(chance, path, originals):
    """What a program that used SQLite's other kind of log, and died, would have left."""
    files = chance.choice((originals.closed, originals.single, originals.live))
    how = chance.choice(("garbage", "zeros", "header", "page"))
    magic = bytes.fromhex("d9d505f920a163d7")
    # Number of pages, a nonce, the size of the database before, sectors, pages.
    header = magic + struct.pack(">IIIII", 1, 7, chance.choice((1, 5, len(files[""]) // PAGE)), 512, PAGE)
    number = chance.randrange(1, len(files[""]) // PAGE + 1)
    page = chance.randbytes(PAGE)
    record = struct.pack(">I", number) + page + struct.pack(">I", 7 + sum(page[PAGE - 200:0:-200]) & 0xFFFFFFFF)
    data = {"garbage": chance.randbytes(2000), "zeros": bytes(2000), "header": header.ljust(512, b"\0"),
            "page": header.ljust(512, b"\0") + record}[how]
    put(path, files | {"-journal": data})
    return f"{how} of page {number}, {'with' if '-wal' in files else 'without'} a log"


# What SQLite itself rewrites ---------------------------------------------------------------------

def connect(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA foreign_keys = OFF")
    return database


HOSTILE_TEXT = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred", "\u202egnp.exe\u202c \u2066hidden\u2069", "line\nline\r\nline\rback\ttab",
    "a\x00b", "\x9b31m\x85\u2028\u2029\ufeff\u200b", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "", " ",
    "'\"`;--", "{", "{}", '{"a":' * 500, "[" * 5000, '{"model":1,"provider":[],"warmup":{"level":7}}', "%s%n%d",
    "../../etc/passwd", "-1", "READY", "ERROR", "null", "2026-13-45T99:99:99Z", "💥\U000E0001\u0301" * 20,
    "\u0301" * 3000, "\U0010ffff\ufffe",
]
HOSTILE_NUMBERS = [0, 1, -1, 2, 2**31 - 1, 2**31, -2**31, 2**32, 2**53 + 1, 2**62, 2**63 - 1, -2**63, 10**15, 10**17,
                   -10**17, 253402300800000000, -62135596800000001, 9223372036854775]
HOSTILE_REALS = [0.5, -0.0, 1e308, -1e308, 5e-324, math.inf, -math.inf, 1e19, -1e19]
# Becomes a NaN in the bytes of the file; SQLite writes none.
NAN = 1.2345678901234567e-89


def hostile_value(chance):
    """An SQL expression and what it is given."""
    kind = chance.randrange(8)
    if kind <= 1:
        return "?", chance.choice(HOSTILE_NUMBERS)
    if kind == 2:
        return "?", chance.choice(HOSTILE_REALS + [NAN])
    if kind <= 4:
        return "?", chance.choice(HOSTILE_TEXT)
    if kind == 5:
        # Neither UTF-8, nor whole.
        return "CAST(? AS TEXT)", chance.choice((b"\xff\xfe\x80", b"ok\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80",
                                                 b"a\x00\xffb", chance.randbytes(50)))
    if kind == 6:
        return "?", chance.choice((None, b"", b"\x00" * 31, chance.randbytes(32), chance.randbytes(3000)))
    return "?", chance.choice(("x", "\x1b[1m", "ä\u202e", "\n")) * chance.choice((300, 20_000, 100_000))


def hostile_rows(chance, path, originals):
    """Values in the rows of a journal that has forgotten its rules for a moment, or for good."""
    put(path, chance.choice((originals.closed, originals.single)))
    database = connect(path)
    saved = database.execute("SELECT type, name, tbl_name, rootpage, sql, rowid FROM sqlite_schema").fetchall()
    database.execute("PRAGMA writable_schema = ON")
    database.execute("DELETE FROM sqlite_schema WHERE type = 'trigger'")
    database.execute("UPDATE sqlite_schema SET sql = replace(replace(sql, ' STRICT', ''), ' NOT NULL', '') "
                     "WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'")
    database.close()
    database = connect(path)
    database.execute("PRAGMA ignore_check_constraints = ON")
    said = [hostile_cell(chance, database) for _ in range(chance.choice((1, 1, 2, 4, 12)))]
    database.close()
    is_strict = chance.random() < 0.8
    if is_strict:
        database = connect(path)
        database.execute("PRAGMA writable_schema = ON")
        for kind, name, table, root, sql, row in saved:
            if kind == "trigger":
                database.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", (kind, name, table, root, sql))
            elif kind == "table":
                database.execute("UPDATE sqlite_schema SET sql = ? WHERE rowid = ?", (sql, row))
        database.close()
    with open(path, "r+b") as file:
        data = file.read().replace(struct.pack(">d", NAN), bytes.fromhex("7ff8000000000000"))
        file.seek(0)
        file.write(data)
    return f"{', '.join(said)}{'' if is_strict else ', without the rules'}"


ROW_TABLES = ["transition"] * 5 + ["run", "run_progress", "engine", "model", "model_owner"] * 2 + [
    "configuration", "server_process", "warmup_request", "journal_info", "chain_head", "legal_move", "grdb_migrations",
    "run_note", "run_note", "run_note_head"]


# What people get to see.
SHOWN = {"transition": ["message", "reason", "output_tail", "evidence", "version", "elapsed_us", "at_us"],
         "run": ["provider", "correlation_id", "wanted", "run_id"], "model": ["name"], "configuration": ["json"],
         "engine": ["engine_id", "host", "pid", "process_start"], "run_progress": ["state", "outcome", "failed_phase"],
         "model_owner": ["engine_id", "epoch"], "warmup_request": ["elapsed_us", "error"], "journal_info": ["follows"],
         "run_note": ["kind", "message", "output", "evidence", "at_us", "after_ordinal"]}


def hostile_cell(chance, database):
    table = chance.choice(ROW_TABLES)
    columns = [(name, kind) for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})")]
    column, kind = chance.choice(columns)
    if table in SHOWN and chance.random() < 0.5:
        column = chance.choice(SHOWN[table])
    expression, value = hostile_value(chance)
    # A value of the right kind gets further than others.
    if kind == "TEXT" and chance.random() < 0.5:
        expression, value = "?", chance.choice(HOSTILE_TEXT)
    if kind == "INTEGER" and chance.random() < 0.5:
        expression, value = "?", chance.choice(HOSTILE_NUMBERS)
    where = chance.choice(("TRUE", "TRUE", f"{columns[0][0]} = (SELECT max({columns[0][0]}) FROM {table})",
                           f"{columns[0][0]} % 3 = {chance.randrange(3)}"))
    try:
        database.execute(f"UPDATE OR IGNORE {table} SET {column} = {expression} WHERE {where}", (value,))
    except sqlite3.Error as error:
        return f"{table}.{column}: {error}"
    return f"{table}.{column} = {value!a:.40} where {where}"


def hostile_schema(chance, path, originals):
    """The schema as somebody has rewritten it in place."""
    put(path, chance.choice((originals.closed, originals.single)))
    database = connect(path)
    views = {name: [column for _, column, *_ in database.execute(f"PRAGMA table_info({name})")]
             for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall()}
    database.execute("PRAGMA writable_schema = ON")
    edits = [chance.choice(SCHEMA_EDITS) for _ in range(chance.choice((1, 1, 2, 3)))]
    said = []
    for edit in edits:
        try:
            said.append(edit.__name__.replace("_", " ") + " " + edit(chance, database, views))
        except sqlite3.Error as error:
            said.append(f"{edit.__name__}: {error}")
    database.close()
    return "; ".join(said)


def drop_entry(chance, database, views):
    kind = chance.choice(("view", "view", "trigger", "index", "table"))
    name = chance.choice(database.execute("SELECT name FROM sqlite_schema WHERE type = ?", (kind,)).fetchall())[0]
    database.execute("DELETE FROM sqlite_schema WHERE name = ?", (name,))
    return name


def replace_view(chance, database, views):
    """By one with the same columns and other content."""
    name = chance.choice(list(views))
    # Without a quick end, in one of four.
    endless = "n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    body = chance.choice((
        ("NULL", "(SELECT 1)"), ("'\x1b[31m\u202e'", "(SELECT 1)"), ("9223372036854775807", "(SELECT 1)"),
        ("1e999", "(SELECT 1)"), ("zeroblob(1000000)", "(SELECT 1)"), ("x'00ff'", "(SELECT 1)"),
        ("load_extension('x')", "(SELECT 1)"), ("writefile('owned', 'x')", "(SELECT 1)"),
        ("(SELECT i FROM missing)", "(SELECT 1)"), ("1", name), (f"{'(' * 2000}1{')' * 2000}", "(SELECT 1)"),
        ("+".join("1" * 5000), "(SELECT 1)"), ("i", "n"), ("randomblob(i)", "n"), ("hex(zeroblob(100000))", "n"),
        ("abs(-9223372036854775808)", "(SELECT 1)"), ("json_extract('{', '$')", "(SELECT 1)")))
    columns = ", ".join(f'{body[0]} AS "{column}"' for column in views[name])
    start = f"WITH RECURSIVE {endless} " if body[1] == "n" else ""
    database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?",
                     (f"CREATE VIEW {name} AS {start}SELECT {columns} FROM {body[1]}", name))
    return f"{name}: {body[0]:.30} from {body[1]}"


def rename_column(chance, database, views):
    name, sql = chance.choice(database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' "
                                               "AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'").fetchall())
    column = chance.choice(re.findall(r"\n    (\w+) ", sql) or ["seq"])
    sql = re.sub(rf"\b{column}\b", "renamed", sql)
    database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))
    return f"{name}.{column}"


def change_type(chance, database, views):
    """Another type, a computed column, or no rules."""
    name, sql = chance.choice(database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' "
                                               "AND sql LIKE '%STRICT%'").fetchall())
    old, new = chance.choice(((" TEXT", " BLOB"), (" INTEGER", " TEXT"), (" INTEGER NOT NULL", " REAL"),
                              (" STRICT", ""), (" TEXT NOT NULL", " TEXT AS ('x')"),
                              (" TEXT,", " TEXT AS (1/0) STORED,"), (" NOT NULL", " COLLATE missing"),
                              (" PRIMARY KEY", ""), (" STRICT", " WITHOUT ROWID")))
    database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql.replace(old, new), name))
    return f"{name}:{old} to{new}"


def change_root(chance, database, views):
    """Where a table or an index begins."""
    roots = database.execute("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0").fetchall()
    name, _ = chance.choice(roots)
    root = chance.choice((0, 1, -1, 2**31, 2**63 - 1, None, "x", chance.choice(roots)[1], chance.choice(roots)[1]))
    database.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = ?", (root, name))
    return f"{name}: {root}"


def garble_entry(chance, database, views):
    name = chance.choice(database.execute("SELECT name FROM sqlite_schema").fetchall())[0]
    column = chance.choice(("sql", "sql", "sql", "name", "type", "tbl_name"))
    expression, value = hostile_value(chance)
    database.execute(f"UPDATE sqlite_schema SET {column} = {expression} WHERE name = ?", (value, name))
    return f"{name}: {column} = {value!a:.30}"


def add_entry(chance, database, views):
    name = "n" + chance.choice(HOSTILE_TEXT[:5])
    kind, sql = chance.choice((
        ("trigger", "CREATE TRIGGER hostile BEFORE INSERT ON engine BEGIN SELECT load_extension('x'); END"),
        ("trigger", "CREATE TRIGGER hostile AFTER INSERT ON transition BEGIN DELETE FROM run; END"),
        ("trigger", "CREATE TRIGGER hostile AFTER INSERT ON engine BEGIN INSERT INTO engine SELECT * FROM engine; END"),
        ("view", "CREATE VIEW hostile AS SELECT 1"), ("table", "CREATE VIRTUAL TABLE hostile USING fts5(x)"),
        ("table", "CREATE VIRTUAL TABLE hostile USING missing(x)"), ("index", "CREATE INDEX hostile ON run (abs(x))"),
        ("view", "CREATE VIEW temp.hostile AS SELECT 1"), ("table", f'CREATE TABLE "{name}" (x)')))
    database.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", (
        kind, name if "TABLE \"" in sql else "hostile", "engine" if "engine" in sql else "run", 0, sql))
    return sql


SCHEMA_EDITS = [drop_entry, drop_entry, replace_view, replace_view, rename_column, change_type, change_root,
                garble_entry, add_entry]


# Other things ------------------------------------------------------------------------------------

def odd_thing(chance, path):
    """What is no regular file, or is one only in the end."""
    how = chance.choice(("directory", "FIFO", "null", "zero", "socket", "loop", "dangling", "link to a directory"))
    if how == "directory":
        os.mkdir(path)
    elif how == "FIFO":
        os.mkfifo(path, 0o600)
    elif how in ("null", "zero"):
        try:
            os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3 if how == "null" else 5))
        except PermissionError:
            os.symlink("/dev/" + how, path)
    elif how == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path)
    else:
        os.symlink({"loop": os.path.basename(path), "dangling": "missing/journal", "link to a directory": "."}[how],
                   path)
    return how


def no_journal(chance, path, originals):
    how = chance.choice(("random", "text", "empty", "header", "odd", "odd", "odd", "foreign", "unnamed", "foreign log",
                         "blank", "half", "gzip"))
    if how == "odd":
        return odd_thing(chance, path)
    files = {"random": {"": chance.randbytes(chance.choice((1, 15, 16, 99, 100, 512, 5000, 100000)))},
             "text": {"": chance.choice((b"hello\n", b"{}\n" * 1000, b"\xef\xbb\xbfSQLite format 3"))},
             "empty": {"": b""},
             "header": {"": originals.single[""][:100] + chance.randbytes(chance.choice((0, 412, 3996, 8092)))},
             "foreign": originals.foreign, "unnamed": originals.unnamed, "foreign log": originals.foreign_log,
             "half": {"": b"", "-wal": originals.live["-wal"]}, "gzip": {"": b"\x1f\x8b\x08" + chance.randbytes(3000)}}
    if how == "blank":
        database = connect(path)
        database.execute("CREATE TABLE x (y)")
        database.execute("DROP TABLE x")
        database.close()
    else:
        put(path, files[how])
    return how


# Damage to exports -------------------------------------------------------------------------------

def garble_line(chance, line):
    """One line of an export that is not as it was written; or several, or none."""
    value = json.loads(line)
    key = chance.choice(list(value))
    how = chance.randrange(12)
    if how == 0:
        del value[key]
    elif how <= 3:
        value[key] = chance.choice(HOSTILE_NUMBERS + HOSTILE_REALS[:5] + [10**40, -10**400, True, None, [], {}, [[]]])
    elif how <= 5:
        value[key] = chance.choice(HOSTILE_TEXT)
    elif how == 6:
        depth = chance.choice((10, 600, 20_000, 200_000))
        return line[:1] + b'"%s":' % key.encode() + b"[" * depth + b"]" * depth + b"," + line[1:]
    elif how == 7:
        value[key] = "x" * chance.choice((100_000, 3_000_000))
    elif how == 8:
        data = bytearray(line)
        flip_bits(chance, data)
        return bytes(data)
    elif how == 9:
        return line[:chance.randrange(len(line))]
    elif how == 10:
        return chance.choice((line + b"\n" + line, b"", b"\xff\xfe" + line, line.replace(b'"', b"\xff", 3),
                              line + line, b"[" + line + b"]", b"null", b"\x00", line.replace(b":", b": \r"),
                              line[:-1] + b',"%s":1}' % key.encode(), b"\xef\xbb\xbf" + line))
    else:
        inner = chance.choice([name for name in value if isinstance(value[name], dict)] or [key])
        if isinstance(value[inner], dict) and value[inner]:
            value[inner][chance.choice(list(value[inner]))] = chance.choice(
                HOSTILE_NUMBERS + HOSTILE_TEXT + [None, [], {}, 10**40, -0.5])
    return json.dumps(value).encode()


def damaged_export(chance, original):
    lines = original.splitlines()
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        place = chance.randrange(len(lines))
        how = chance.randrange(10)
        if how == 0:
            lines.insert(chance.randrange(len(lines) + 1), lines[place])
        elif how == 1:
            del lines[place]
        elif how == 2:
            other = chance.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        elif lines[place].startswith(b"{") and lines[place].endswith(b"}"):
            try:
                lines[place] = garble_line(chance, lines[place])
            except ValueError:
                continue
    data = b"\n".join(lines) + chance.choice((b"\n", b"\n", b"", b"\n\n\r\n"))
    if chance.random() < 0.1:
        data = data[:chance.randrange(len(data))]
    return data


KINDS = {damaged_bytes: 40, damaged_log: 10, index_of_a_log: 2, rollback_log: 3, hostile_rows: 22, hostile_schema: 15,
         no_journal: 8}
