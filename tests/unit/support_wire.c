#include "support_wire.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *wanted_ending;
static void (*wanted_fn)(const char *path, const char *bytes, size_t len);
static size_t files;

static int visit(const char *path, const struct stat *info, int kind, struct FTW *where) {
    size_t size = (size_t)info->st_size, path_len = strlen(path), ending_len = strlen(wanted_ending);
    FILE *file;
    char *bytes;

    (void)where;
    if (kind != FTW_F || path_len < ending_len || strcmp(path + path_len - ending_len, wanted_ending) != 0)
        return 0;
    file = fopen(path, "rb");
    bytes = malloc(size + 1);
    if (file == NULL || bytes == NULL || fread(bytes, 1, size, file) != size)
        abort();
    fclose(file);
    wanted_fn(path, bytes, size);
    free(bytes);
    files++;
    return 0;
}

static void find_folder(char *out, size_t max) {
    const char *given = getenv("LLMC_WIRE_DIR");
    snprintf(out, max, "%s", given != NULL ? given : LLMC_TEST_WIRE_DIR);
}

size_t support_wire_each(const char *ending, void (*fn)(const char *path, const char *bytes, size_t len)) {
    char folder[1024];

    find_folder(folder, sizeof(folder));
    wanted_ending = ending;
    wanted_fn = fn;
    files = 0;
    if (nftw(folder, visit, 16, FTW_PHYS) != 0)
        printf("%s is absent: its *%s files are not tested\n", folder, ending);
    else
        printf("%zu recorded *%s files\n", files, ending);
    return files;
}
