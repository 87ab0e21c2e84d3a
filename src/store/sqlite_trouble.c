/* What went wrong, in words, once. */
#include <errno.h>
#include <string.h>
#include "sqlite_inner.h"

/* Told again when it still goes on after so long. */
#define AGAIN_US ((int64_t)3600 * 1000000)

static const struct {
    const char *what, *advice;
} words[LLMC__SQLITE_TROUBLES] = {
    [LLMC__SQLITE_BUSY] = {"another process holds the file's lock", "the cache goes on without it until it lets go"},
    [LLMC__SQLITE_FULL] = {"the disk is full", "answers are not kept until there is room"},
    [LLMC__SQLITE_READONLY] = {"the file cannot be written",
                               "the cache goes on without it; let this user write to the file and its folder"},
    [LLMC__SQLITE_CORRUPT] = {"the file is damaged",
                              "the cache goes on without it; to have it back, delete the file and those beside it that "
                              "end in -wal and -shm, while no program uses them"},
    [LLMC__SQLITE_FOREIGN] = {"the file is no cache of this release",
                              "the cache goes on without it and leaves it as it is; give another path"},
    [LLMC__SQLITE_UNSAFE] = {"the file is not safe to use", "the cache goes on without it"},
    [LLMC__SQLITE_IO] = {"the file cannot be used", "the cache goes on without it and tries again"},
    [LLMC__SQLITE_MEMORY] = {"there is no memory", "an answer was not found or not kept"},
    [LLMC__SQLITE_FORKED] = {"the store belongs to the parent process", "make one after fork"},
};

void llmc__sqlite_trouble_note(llmc__sqlite *s, llmc__sqlite_trouble trouble, const char *detail,
                               llmc__sqlite_report *report) {
    int64_t now_us = llmc__sqlite_process_now_us();
    int64_t told_us = atomic_load(&s->told_us[trouble]);
    if (report->text[0] != '\0' || (told_us != 0 && now_us - told_us < AGAIN_US))
        return;
    if (!atomic_compare_exchange_strong(&s->told_us[trouble], &told_us, now_us))
        return;
    sqlite3_snprintf((int)sizeof report->text, report->text, "store sqlite: %s: %s%s%s%s; %s", s->path,
                     words[trouble].what, detail ? " (" : "", detail ? detail : "", detail ? ")" : "",
                     words[trouble].advice);
}

static bool of_no_room(int error) {
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static llmc__sqlite_trouble kind_of(int code, int error) {
    if (code == SQLITE_IOERR_NOMEM)
        return LLMC__SQLITE_MEMORY;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
        return LLMC__SQLITE_BUSY;
    case SQLITE_FULL:
        return LLMC__SQLITE_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return LLMC__SQLITE_READONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return LLMC__SQLITE_CORRUPT;
    case SQLITE_NOMEM:
        return LLMC__SQLITE_MEMORY;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return of_no_room(error) ? LLMC__SQLITE_FULL : LLMC__SQLITE_IO;
    default:
        return LLMC__SQLITE_IO;
    }
}

llmc_store_result llmc__sqlite_trouble_of(llmc__sqlite *s, int code, llmc__sqlite_report *report) {
    int error = s->db ? sqlite3_system_errno(s->db) : 0;
    llmc__sqlite_trouble trouble = kind_of(code, error);
    /* Not errmsg: it tells of the last call, which may have been a rollback since. */
    llmc__sqlite_trouble_note(s, trouble, code == SQLITE_INTERRUPT ? "it took too long" : sqlite3_errstr(code), report);
    s->spoiled =
        s->spoiled || trouble == LLMC__SQLITE_READONLY || trouble == LLMC__SQLITE_CORRUPT || trouble == LLMC__SQLITE_IO;
    return trouble == LLMC__SQLITE_BUSY ? LLMC_STORE_TIMEOUT : LLMC_STORE_FAILED;
}

llmc_store_result llmc__sqlite_trouble_errno(llmc__sqlite *s, int error, llmc__sqlite_report *report) {
    llmc__sqlite_trouble trouble = LLMC__SQLITE_IO;
    if (of_no_room(error))
        trouble = LLMC__SQLITE_FULL;
    else if (error == EROFS || error == EACCES || error == EPERM)
        trouble = LLMC__SQLITE_READONLY;
    llmc__sqlite_trouble_note(s, trouble, strerror(error), report);
    return LLMC_STORE_FAILED;
}
