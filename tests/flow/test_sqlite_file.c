/* The file of the SQLite store: whose it is, who may read it, and what becomes of files that are not what they should
 * be. */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support_sqlite.h"

static mode_t mode_of(const shelf *s, const char *ending) {
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", s->path, ending);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static const char *refusal(const shelf *s) {
    llmc_sqlite_options options = shelf_options(s);
    return shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT);
}

static void assert_says(const char *text, const char *what) {
    if (!strstr(text, what))
        fail_msg("\"%s\" does not say \"%s\"", text, what);
}

/* ---- who may ---- */

static void it_is_for_its_user_alone(void **state) {
    mode_t before = umask(0);
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    assert_int_equal(shelf_file_bytes(s.path), -1);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    assert_int_equal(mode_of(&s, ""), 0600);
    assert_int_equal(mode_of(&s, "-wal"), 0600);
    assert_int_equal(mode_of(&s, "-shm"), 0600);
    store->close(store);
    umask(before);
    shelf_close(&s);
}

static void files_of_others_are_refused(void **state) {
    static const mode_t modes[] = {0644, 0620, 0602, 0660, 0666, 0604, 0640};
    static const char *const endings[] = {"", "-wal", "-shm"};
    shelf s;
    (void)state;
    shelf_open(&s);
    for (size_t e = 0; e < 3; e++) {
        char path[256];
        snprintf(path, sizeof path, "%s%s", s.path, endings[e]);
        shelf_write_file(path, "", 0);
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
            assert_int_equal(chmod(path, modes[i]), 0);
            assert_says(refusal(&s), "chmod 600");
        }
        assert_int_equal(unlink(path), 0);
    }
    if (geteuid() == 0) {
        shelf_write_file(s.path, "", 0);
        assert_int_equal(chown(s.path, 65534, 65534), 0);
        assert_says(refusal(&s), "belongs to user 65534");
    }
    shelf_close(&s);
}

static void folders_of_others_are_refused(void **state) {
    static const mode_t modes[] = {0770, 0707, 0777, 01777, 0720};
    shelf s;
    (void)state;
    shelf_open(&s);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(s.folder, modes[i]), 0);
        assert_says(refusal(&s), "others may write to its folder");
    }
    assert_int_equal(chmod(s.folder, 0755), 0); /* that others see its name is no harm */
    llmc_store *store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    store->close(store);
    if (geteuid() == 0) {
        assert_int_equal(chown(s.folder, 65534, 65534), 0);
        assert_says(refusal(&s), "folder belongs to user 65534");
    }
    shelf_close(&s);
}

static void links_are_refused(void **state) {
    char path[256];
    shelf s;
    (void)state;
    shelf_open(&s);
    snprintf(path, sizeof path, "%s/else", s.folder);
    shelf_write_file(path, "", 0);
    assert_int_equal(symlink(path, s.path), 0);
    assert_says(refusal(&s), "symbolic link");
    assert_int_equal(unlink(path), 0); /* one that leads nowhere: nothing is made there */
    assert_says(refusal(&s), "symbolic link");
    assert_int_equal(shelf_file_bytes(path), -1);
    assert_int_equal(unlink(s.path), 0);
    shelf_write_file(path, "", 0);
    assert_int_equal(link(path, s.path), 0);
    assert_says(refusal(&s), "second name");
    assert_int_equal(unlink(s.path), 0);
    assert_int_equal(mkdir(s.path, 0700), 0);
    assert_says(refusal(&s), "no regular file");
    assert_int_equal(rmdir(s.path), 0);
    snprintf(path, sizeof path, "%s-wal", s.path);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_says(refusal(&s), "its -wal is a symbolic link");
    shelf_close(&s);
}

/* What becomes unsafe after the store was made is found when it is opened. */
static void it_is_looked_at_again_when_it_is_opened(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(symlink("/dev/null", s.path), 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_FAILED);
    assert_int_equal(shelf_get(store, 1, NULL), LLMC_STORE_FAILED);
    assert_int_equal(s.lines, 1);
    assert_says(s.line, "symbolic link");
    store->close(store);
    shelf_close(&s);
}

static void paths_that_lead_nowhere_are_refused(void **state) {
    char path[1024], before[512];
    llmc_sqlite_options options;
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    options = shelf_options(&s);
    options.path = path;
    snprintf(path, sizeof path, "%s/none/answers.db", s.folder);
    assert_says(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "make it first");
    snprintf(path, sizeof path, "%s/", s.folder);
    assert_says(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "names no file");
    snprintf(path, sizeof path, "%s/..", s.folder);
    assert_says(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "names no file");
    snprintf(path, sizeof path, "%s/%0500d", s.folder, 0);
    assert_says(shelf_refusal(&options, LLMC_ERR_INVALID_ARGUMENT), "longer than");
    /* A path may be relative, and lead through links: the folder is the one it leads to now. */
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(s.folder), 0);
    assert_int_equal(symlink(s.folder, "round"), 0);
    options.path = "round/answers.db";
    store = shelf_store_of(&s, &options);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    store->close(store);
    assert_true(shelf_file_bytes(s.path) > 0);
    shelf_close(&s);
}

/* ---- what is in it ---- */

/* Misses, told once; the file is left as it is. */
static void assert_not_used(shelf *s, const char *why) {
    llmc_store *store = shelf_store(s, 0);
    size_t before_len, len;
    char *before = shelf_read_file(s->path, &before_len), *after;
    atomic_store(&s->lines, 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(shelf_get(store, 1, NULL), LLMC_STORE_FAILED);
        assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_FAILED);
    }
    assert_int_equal(shelf_remove(store, 1), LLMC_STORE_FAILED);
    assert_int_equal(shelf_clear(store), LLMC_STORE_FAILED);
    assert_int_equal(s->lines, 1);
    assert_says(s->line, why);
    assert_says(s->line, s->path);
    store->close(store);
    after = shelf_read_file(s->path, &len);
    assert_int_equal(len, before_len);
    assert_memory_equal(before, after, len);
    free(before);
    free(after);
}

static void fill(shelf *s) {
    llmc_store *store = shelf_store(s, 0);
    for (uint64_t i = 0; i < 200; i++)
        assert_int_equal(shelf_put(store, i, "something that is longer than nothing"), LLMC_STORE_DONE);
    store->close(store);
}

/* A file of one byte is an empty one to SQLite. */
static void garbage_is_a_miss(void **state) {
    char bytes[20000];
    uint64_t seed = 99;
    shelf s;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)flow_random(&seed);
    shelf_open(&s);
    for (size_t len = 2; len <= sizeof bytes; len = len * 3 + 5) {
        shelf_write_file(s.path, bytes, len);
        assert_not_used(&s, "the file is damaged");
        assert_says(s.line, "delete the file");
    }
    shelf_close(&s);
}

static void a_cut_file_is_a_miss(void **state) {
    size_t len;
    char *whole;
    shelf s;
    (void)state;
    shelf_open(&s);
    fill(&s);
    whole = shelf_read_file(s.path, &len);
    assert_true(len > 20000);
    for (size_t cut = 2; cut <= len - 4096; /* at least a page is gone */ cut += cut < 200 ? 33 : 1777) {
        shelf_write_file(s.path, whole, cut);
        assert_not_used(&s, "the file is damaged");
    }
    free(whole);
    shelf_close(&s);
}

static void an_empty_file_is_a_new_one(void **state) {
    llmc_store *store;
    shelf s;
    (void)state;
    shelf_open(&s);
    shelf_write_file(s.path, "", 0);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    store->close(store);
    assert_int_equal(s.lines, 0);
    shelf_close(&s);
}

static void other_programs_files_are_left_alone(void **state) {
    static const char *const foreign[] = {
        "CREATE TABLE mine(a); INSERT INTO mine VALUES(1)",
        "PRAGMA user_version=1; CREATE TABLE entry(id INTEGER PRIMARY KEY)",
        "PRAGMA application_id=77",
        "PRAGMA user_version=1",
    };
    shelf s;
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        shelf_open(&s);
        shelf_write_file(s.path, "", 0);
        shelf_run(&s, foreign[i]);
        assert_not_used(&s, "another program's");
        assert_says(s.line, "give another path");
        shelf_close(&s);
    }
}

static void other_releases_files_are_left_alone(void **state) {
    static const struct {
        const char *change, *why;
    } others[] = {
        {"PRAGMA user_version=2", "version 2, this release knows 1"},
        {"PRAGMA user_version=0", "version 0"},
        {"ALTER TABLE entry ADD COLUMN more", "not those of a cache"},
        {"CREATE TABLE further(a)", "not those of a cache"},
        {"DROP INDEX entry_by_use", "not those of a cache"},
        {"CREATE VIEW entry_2 AS SELECT 1", "not those of a cache"},
        {"CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END", "not those of a cache"},
        {"DROP TABLE entry; CREATE TABLE entry(id INTEGER PRIMARY KEY, key BLOB)", "not those of a cache"},
        {"PRAGMA journal_mode=DELETE; PRAGMA page_size=8192; VACUUM", "8192 bytes"},
    };
    shelf s;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        shelf_open(&s);
        fill(&s);
        shelf_run(&s, others[i].change);
        assert_not_used(&s, others[i].why);
        shelf_close(&s);
    }
}

/* Whatever else is in the table, what comes out is what was put, or nothing. */
static void strange_rows_are_misses(void **state) {
    static const char *const changes[] = {
        "UPDATE entry SET value = 'text'",  "UPDATE entry SET value = 17",
        "UPDATE entry SET value = 1.5",     "UPDATE entry SET expires_ms = 0",
        "UPDATE entry SET expires_ms = -1", "UPDATE entry SET expires_ms = 'soon' || x''",
        "UPDATE entry SET key = x'00'",
    };
    shelf s;
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        llmc_store *store;
        const char *text = NULL;
        shelf_open(&s);
        store = shelf_store(&s, 0);
        assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
        shelf_assert_has(store, 1, "one");
        shelf_run(&s, changes[i]);
        if (shelf_get(store, 1, &text) == LLMC_STORE_DONE)
            assert_string_equal(text, "one"); /* 'soon' is later than any number: an entry without an end */
        assert_int_equal(shelf_put(store, 1, "anew"), LLMC_STORE_DONE);
        shelf_assert_has(store, 1, "anew");
        store->close(store);
        shelf_close(&s);
    }
}

/* Each byte of a small file with one bit changed: nothing crashes, and the client's hash finds out what was changed. */
static void damage_anywhere_is_survived(void **state) {
    size_t len, step = getenv("LLMC_LONG") ? 1 : 61;
    uint64_t seed = 5;
    char *whole;
    shelf s;
    (void)state;
    shelf_open(&s);
    fill(&s);
    whole = shelf_read_file(s.path, &len);
    for (size_t at = 0; at < len; at += step) {
        const char bit = (char)(1 << flow_random(&seed) % 8);
        llmc_store *store;
        whole[at] = (char)(whole[at] ^ bit);
        shelf_write_file(s.path, whole, len);
        whole[at] = (char)(whole[at] ^ bit);
        atomic_store(&s.lines, 0);
        store = shelf_store(&s, 0);
        for (uint64_t i = 0; i < 5; i++) {
            llmc_store_result result = shelf_get(store, i * 40, NULL);
            assert_in_range(result, LLMC_STORE_DONE, LLMC_STORE_FAILED);
        }
        (void)shelf_put(store, 500, "new");
        (void)shelf_clear(store);
        assert_true(s.lines <= 1);
        store->close(store);
    }
    free(whole);
    shelf_close(&s);
}

/* ---- what becomes of it ---- */

/* The store looks once a second whether its path still leads to its file. */
static void a_file_that_was_taken_away_is_made_anew(void **state) {
    llmc_store *store, *other;
    char path[256];
    shelf s;
    (void)state;
    shelf_open(&s);
    store = shelf_store(&s, 0);
    assert_int_equal(shelf_put(store, 1, "one"), LLMC_STORE_DONE);
    assert_int_equal(unlink(s.path), 0);
    snprintf(path, sizeof path, "%s-wal", s.path);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s-shm", s.path);
    assert_int_equal(unlink(path), 0);
    other = shelf_store(&s, 0);
    assert_int_equal(shelf_put(other, 2, "two"), LLMC_STORE_DONE);
    flow_pass_ms(1050);
    shelf_assert_has(store, 2, "two");
    shelf_assert_lacks(store, 1);
    store->close(store);
    shelf_assert_has(other, 2, "two");
    other->close(other);
    shelf_assert_whole(&s);
    shelf_close(&s);
}

/* The whole of a test in a process that is not root's: permissions mean nothing to root. */
static void without_root(void (*test)(shelf *s)) {
    pid_t child;
    int status = 0;
    shelf s;
    shelf_open(&s);
    if (geteuid() != 0) {
        test(&s);
    } else {
        assert_int_equal(chown(s.folder, 65534, 65534), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            if (setgid(65534) != 0 || setuid(65534) != 0)
                _exit(99);
            test(&s);
            _exit(0); /* an assertion that fails there ends the process otherwise */
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    (void)chmod(s.folder, 0700);
    shelf_close(&s);
}

/* cmocka's asserts would leave the child by a longjmp into the parent's tests. */
static void demand(bool good, int line) {
    if (good)
        return;
    print_error("line %d does not hold\n", line);
    if (geteuid() == 65534)
        _exit(1);
    fail();
}
#define DEMAND(what) demand(what, __LINE__)

static void read_only(shelf *s) {
    llmc_sqlite_options options = shelf_options(s);
    llmc_store *store = NULL;
    DEMAND(llmc_sqlite_new(&options, &store) == LLMC_OK);
    DEMAND(shelf_put(store, 1, "one") == LLMC_STORE_DONE);
    store->close(store);
    DEMAND(chmod(s->path, 0400) == 0);
    DEMAND(llmc_sqlite_new(&options, &store) == LLMC_OK);
    store->on_log = shelf_log;
    store->log_user_data = s;
    for (int i = 0; i < 20; i++) {
        DEMAND(shelf_get(store, 1, NULL) == LLMC_STORE_FAILED);
        DEMAND(shelf_put(store, 2, "two") == LLMC_STORE_FAILED);
    }
    DEMAND(s->lines == 1);
    DEMAND(strstr(s->line, "cannot be written") != NULL);
    DEMAND(chmod(s->path, 0600) == 0);
    flow_pass_ms(2050); /* it is tried again by and by */
    DEMAND(shelf_get(store, 1, NULL) == LLMC_STORE_DONE);
    DEMAND(shelf_put(store, 2, "two") == LLMC_STORE_DONE);
    store->close(store);
}

static void a_read_only_file_is_a_miss(void **state) {
    (void)state;
    without_root(read_only);
}

static void read_only_folder(shelf *s) {
    llmc_sqlite_options options = shelf_options(s);
    llmc_store *store = NULL;
    DEMAND(chmod(s->folder, 0500) == 0);
    DEMAND(llmc_sqlite_new(&options, &store) == LLMC_OK);
    store->on_log = shelf_log;
    store->log_user_data = s;
    for (int i = 0; i < 20; i++) {
        DEMAND(shelf_get(store, 1, NULL) == LLMC_STORE_FAILED);
        DEMAND(shelf_put(store, 2, "two") == LLMC_STORE_FAILED);
    }
    DEMAND(s->lines == 1);
    DEMAND(strstr(s->line, "cannot be written") != NULL);
    store->close(store);
}

static void a_read_only_folder_is_a_miss(void **state) {
    (void)state;
    without_root(read_only_folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_for_its_user_alone),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(folders_of_others_are_refused),
        cmocka_unit_test(links_are_refused),
        cmocka_unit_test(it_is_looked_at_again_when_it_is_opened),
        cmocka_unit_test(paths_that_lead_nowhere_are_refused),
        cmocka_unit_test(garbage_is_a_miss),
        cmocka_unit_test(a_cut_file_is_a_miss),
        cmocka_unit_test(an_empty_file_is_a_new_one),
        cmocka_unit_test(other_programs_files_are_left_alone),
        cmocka_unit_test(other_releases_files_are_left_alone),
        cmocka_unit_test(strange_rows_are_misses),
        cmocka_unit_test(damage_anywhere_is_survived),
        cmocka_unit_test(a_file_that_was_taken_away_is_made_anew),
        cmocka_unit_test(a_read_only_file_is_a_miss),
        cmocka_unit_test(a_read_only_folder_is_a_miss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
