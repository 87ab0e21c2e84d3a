/*
 * The bounds: so many pages of the file, so many bytes of the write-ahead log, and one block of its index. Each
 * transaction is small (a value, and a few entries that go for it), so that the log can be emptied between any two.
 */
#include <sys/stat.h>
#include "sqlite_inner.h"

/* What a transaction writes at most besides the value: pages of the tables, the indexes, and those that move. */
#define ROUND_BYTES ((int64_t)1 << 20)
/* Pages that a value takes besides those it fills: splits of the table and its three indexes. */
#define SPARE_PAGES 24
#define EVICT_MOST  8
#define INDEX_BYTES ((int64_t)128 << 10)
#define LOG_LEAST   ((int64_t)2 << 20)
#define LOG_MOST    ((int64_t)16 << 20)

void llmc__sqlite_room_plan(llmc__sqlite *s, uint64_t max_bytes) {
    int64_t whole = (int64_t)max_bytes;
    int64_t log = whole / 4;
    s->log_max = log < LOG_LEAST ? LOG_LEAST : log > LOG_MOST ? LOG_MOST : log;
    s->pages_max = (whole - s->log_max - INDEX_BYTES) / LLMC__SQLITE_PAGE;
    /* Beside ROUND_BYTES, and with room for what frames are larger than what they carry. */
    s->value_max = (size_t)(s->log_max / 2);
    s->value_max -= s->value_max / 16;
}

/* ---- the log ---- */

int llmc__sqlite_room_log(llmc__sqlite *s, size_t len) {
    int64_t need = ROUND_BYTES + (int64_t)len + (int64_t)len / 32;
    int frames = -1, moved = -1, code;
    struct stat st;
    if (stat(s->log_path, &st) != 0 || (int64_t)st.st_size + need <= s->log_max)
        return SQLITE_OK;
    code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
    if (code == SQLITE_BUSY && frames >= 0 && (int64_t)frames * LLMC__SQLITE_FRAME + need <= s->log_max)
        return SQLITE_OK; /* a large file, but most of it is to be written over */
    return code;
}

int llmc__sqlite_room_tidy(llmc__sqlite *s) {
    int code = SQLITE_OK;
    if ((int64_t)s->log_frames * LLMC__SQLITE_FRAME < s->log_max / 4)
        return SQLITE_OK;
    code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return code == SQLITE_BUSY ? SQLITE_OK : code;
}

/* ---- the file ---- */

static int room_of(llmc__sqlite *s, int64_t *pages, int64_t *free_pages) {
    int code = llmc__sqlite_entry_number(s, LLMC__SQLITE_PAGES, pages);
    return code == SQLITE_OK ? llmc__sqlite_entry_number(s, LLMC__SQLITE_FREE_PAGES, free_pages) : code;
}

int llmc__sqlite_room_make(llmc__sqlite *s, size_t len, llmc__sqlite_room *out) {
    int64_t need = (int64_t)len / (LLMC__SQLITE_PAGE - 4) + SPARE_PAGES, pages = 0, free_pages = 0;
    int code = SQLITE_OK;
    *out = LLMC__SQLITE_MORE;
    for (int i = 0; i <= EVICT_MOST && code == SQLITE_OK; i++) {
        code = room_of(s, &pages, &free_pages);
        if (code != SQLITE_OK)
            break;
        if (s->pages_max - (pages - free_pages) >= need) {
            *out = LLMC__SQLITE_ENOUGH;
            break;
        }
        code = llmc__sqlite_entry_run(s, LLMC__SQLITE_EVICT);
        if (code == SQLITE_OK && sqlite3_changes(s->db) == 0) {
            *out = LLMC__SQLITE_NONE;
            break;
        }
    }
    /* A file that was allowed to be larger once is made smaller by and by. */
    if (code == SQLITE_OK && pages > s->pages_max && free_pages > 0)
        code = llmc__sqlite_entry_run(s, LLMC__SQLITE_SHRINK);
    return code;
}
