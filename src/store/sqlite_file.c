/*
 * The path and what it leads to. The file itself is never opened here once it is there: closing it again would drop
 * the locks that this process holds on it (they are the process's, not the descriptor's).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sqlite_inner.h"

#define PATH_MOST 480 /* SQLite's own limit is 512, with the ending of the log */
#define OTHERS    077
#define WRITERS   022

/* ---- to an absolute path ---- */

static char *folder_of(const char *path, const char **name) {
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash)
        return sqlite3_mprintf(".");
    return sqlite3_mprintf("%.*s", slash == path ? 1 : (int)(slash - path), path);
}

bool llmc__sqlite_file_resolve(const char *path, char **out, char why[512]) {
    const char *name;
    char *folder = folder_of(path, &name), *real = NULL;
    bool good = true;
    *out = NULL;
    if (!folder)
        return true;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        good = false;
        snprintf(why, 512, "it names no file");
        goto done;
    }
    real = realpath(folder, NULL);
    if (!real && errno != ENOMEM) {
        good = false;
        snprintf(why, 512, "its folder cannot be used (%s): make it first, for this user alone", strerror(errno));
    }
    if (real && strlen(real) + strlen(name) + 1 > PATH_MOST) {
        good = false;
        snprintf(why, 512, "it is longer than %d bytes", PATH_MOST);
    } else if (real) {
        *out = sqlite3_mprintf("%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
    }
done:
    sqlite3_free(folder);
    free(real);
    return good;
}

/* ---- is it safe? ---- */

static bool folder_is_safe(const char *path, char why[512]) {
    char folder[PATH_MOST + 8];
    struct stat st;
    size_t len = (size_t)(strrchr(path, '/') - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
    if (lstat(len > 0 ? folder : "/", &st) != 0)
        snprintf(why, 512, "its folder cannot be used (%s)", strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        snprintf(why, 512, "its folder is none");
    else if (st.st_uid != geteuid() && st.st_uid != 0)
        snprintf(why, 512, "its folder belongs to user %u: give the path of one of your own", (unsigned)st.st_uid);
    else if (st.st_mode & WRITERS)
        snprintf(why, 512, "others may write to its folder (mode %04o): chmod go-w it, or take another",
                 (unsigned)st.st_mode & 07777);
    else
        return true;
    return false;
}

/* The file, or one of those beside it. */
static bool file_is_safe(const char *path, const char *ending, char why[512]) {
    const char *it = *ending != '\0' ? "its " : "it";
    char whole[PATH_MOST + 16];
    struct stat st;
    snprintf(whole, sizeof whole, "%s%s", path, ending);
    if (lstat(whole, &st) != 0) {
        if (errno == ENOENT)
            return true;
        snprintf(why, 512, "%s%s cannot be looked at (%s)", it, ending, strerror(errno));
    } else if (S_ISLNK(st.st_mode)) {
        snprintf(why, 512, "%s%s is a symbolic link: give the path of the file itself", it, ending);
    } else if (!S_ISREG(st.st_mode)) {
        snprintf(why, 512, "%s%s is no regular file", it, ending);
    } else if (st.st_uid != geteuid()) {
        snprintf(why, 512, "%s%s belongs to user %u", it, ending, (unsigned)st.st_uid);
    } else if (st.st_mode & OTHERS) {
        snprintf(why, 512, "others may read or write %s%s (mode %04o): chmod 600 it", it, ending,
                 (unsigned)st.st_mode & 07777);
    } else if (st.st_nlink > 1) {
        snprintf(why, 512, "%s%s has a second name: SQLite would take them for two files", it, ending);
    } else {
        return true;
    }
    return false;
}

bool llmc__sqlite_file_check(const char *path, char why[512]) {
    return folder_is_safe(path, why) && file_is_safe(path, "", why) && file_is_safe(path, "-wal", why) &&
           file_is_safe(path, "-shm", why) && file_is_safe(path, "-journal", why);
}

int llmc__sqlite_file_make(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : errno;
    (void)close(fd); /* it is new: no lock on it can be this process's */
    return 0;
}
