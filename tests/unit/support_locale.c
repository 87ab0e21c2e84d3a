#include "support_locale.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static bool run(const char *format, const char *a, const char *b) {
    char command[256];

    snprintf(command, sizeof(command), format, a, b);
    return system(command) == 0;
}

bool support_locale_enter(const char *source) {
    snprintf(folder, sizeof(folder), "/tmp/llmc_locale_XXXXXX");
    if (mkdtemp(folder) == NULL)
        return false;
    if (run("localedef -i %s -f UTF-8 %s/other >/dev/null 2>&1", source, folder)) {
        setenv("LOCPATH", folder, 1);
        if (setlocale(LC_ALL, "other") != NULL && strcmp(localeconv()->decimal_point, ".") != 0)
            return true;
    }
    printf("locale %s cannot be made here: not tested\n", source);
    support_locale_leave();
    return false;
}

void support_locale_leave(void) {
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
    if (folder[0] != '\0' && !run("rm -rf '%s'%s", folder, ""))
        printf("%s was not removed\n", folder);
    folder[0] = '\0';
}
