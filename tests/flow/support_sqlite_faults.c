/* A VFS that passes everything on to the system's and fails what it is told to fail. */
#include "support_sqlite.h"

static sqlite3_vfs *real;
static atomic_int kind_armed, code_armed, left;
static atomic_bool lasting, struck;

typedef struct fault_file {
    sqlite3_file base; /* first */
    sqlite3_file *inner;
} fault_file;

static sqlite3_file *inner(sqlite3_file *file) {
    return ((fault_file *)file)->inner;
}

/* The code the call is to fail with; 0: none. */
static int verdict(shelf_fault kind) {
    int before;
    if ((int)kind != atomic_load(&kind_armed))
        return 0;
    before = atomic_fetch_sub(&left, 1);
    if (before > 0 || (before < 0 && !atomic_load(&lasting)))
        return 0;
    atomic_store(&struck, true);
    return atomic_load(&code_armed);
}

void shelf_faults_arm(shelf_fault kind, int code, int at, bool for_ever) {
    atomic_store(&left, at);
    atomic_store(&code_armed, code);
    atomic_store(&lasting, for_ever);
    atomic_store(&struck, false);
    atomic_store(&kind_armed, (int)kind);
}

void shelf_faults_disarm(void) {
    atomic_store(&kind_armed, SHELF_NO_FAULT);
}

bool shelf_faults_struck(void) {
    return atomic_load(&struck);
}

/* ---- the methods of a file ---- */

static int x_close(sqlite3_file *file) {
    int code = inner(file)->pMethods->xClose(inner(file));
    free(inner(file));
    return code;
}

static int x_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at) {
    int code = verdict(SHELF_READ);
    return code ? code : inner(file)->pMethods->xRead(inner(file), bytes, len, at);
}

/* A write that fails may have written some. */
static int x_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at) {
    int code = verdict(SHELF_WRITE);
    if (code && len > 1)
        (void)inner(file)->pMethods->xWrite(inner(file), bytes, len / 2, at);
    return code ? code : inner(file)->pMethods->xWrite(inner(file), bytes, len, at);
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int code = verdict(SHELF_TRUNCATE);
    return code ? code : inner(file)->pMethods->xTruncate(inner(file), size);
}

static int x_sync(sqlite3_file *file, int flags) {
    int code = verdict(SHELF_SYNC);
    return code ? code : inner(file)->pMethods->xSync(inner(file), flags);
}

static int x_size(sqlite3_file *file, sqlite3_int64 *size) {
    return inner(file)->pMethods->xFileSize(inner(file), size);
}

static int x_lock(sqlite3_file *file, int level) {
    int code = verdict(SHELF_LOCK);
    return code ? code : inner(file)->pMethods->xLock(inner(file), level);
}

static int x_unlock(sqlite3_file *file, int level) {
    return inner(file)->pMethods->xUnlock(inner(file), level);
}

static int x_reserved(sqlite3_file *file, int *out) {
    return inner(file)->pMethods->xCheckReservedLock(inner(file), out);
}

static int x_control(sqlite3_file *file, int what, void *arg) {
    return inner(file)->pMethods->xFileControl(inner(file), what, arg);
}

static int x_sector(sqlite3_file *file) {
    return inner(file)->pMethods->xSectorSize(inner(file));
}

static int x_device(sqlite3_file *file) {
    return inner(file)->pMethods->xDeviceCharacteristics(inner(file));
}

static int x_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    int code = verdict(SHELF_SHARE);
    if (!code)
        return inner(file)->pMethods->xShmMap(inner(file), page, size, extend, out);
    *out = NULL;
    return code;
}

static int x_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    int code = (flags & SQLITE_SHM_LOCK) ? verdict(SHELF_SHARE) : 0;
    return code ? code : inner(file)->pMethods->xShmLock(inner(file), offset, count, flags);
}

static void x_shm_barrier(sqlite3_file *file) {
    inner(file)->pMethods->xShmBarrier(inner(file));
}

static int x_shm_unmap(sqlite3_file *file, int drop) {
    return inner(file)->pMethods->xShmUnmap(inner(file), drop);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_size,
    .xLock = x_lock,
    .xUnlock = x_unlock,
    .xCheckReservedLock = x_reserved,
    .xFileControl = x_control,
    .xSectorSize = x_sector,
    .xDeviceCharacteristics = x_device,
    .xShmMap = x_shm_map,
    .xShmLock = x_shm_lock,
    .xShmBarrier = x_shm_barrier,
    .xShmUnmap = x_shm_unmap,
};

/* ---- the VFS ---- */

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    fault_file *f = (fault_file *)file;
    int code = verdict(SHELF_OPEN);
    (void)vfs;
    f->base.pMethods = NULL;
    if (code)
        return code;
    f->inner = calloc(1, (size_t)real->szOsFile);
    code = f->inner ? real->xOpen(real, name, f->inner, flags, out) : SQLITE_NOMEM;
    if (f->inner && f->inner->pMethods)
        f->base.pMethods = &methods;
    else
        free(f->inner);
    return code;
}

void shelf_faults_install(void) {
    static sqlite3_vfs vfs;
    if (real)
        return;
    real = sqlite3_vfs_find(NULL);
    vfs = *real;
    vfs.pNext = NULL;
    vfs.zName = "llmc-faults";
    vfs.szOsFile = (int)sizeof(fault_file);
    vfs.xOpen = x_open;
    assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}
