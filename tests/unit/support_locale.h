/* Puts the process under a locale that does not write 1.5 as 1.5. */
#ifndef LLMC_TESTS_SUPPORT_LOCALE_H
#define LLMC_TESTS_SUPPORT_LOCALE_H

#include <stdbool.h>

/* `source` is a locale source of the system, such as de_DE. False, with a word on stdout, when it cannot be had. */
bool support_locale_enter(const char *source);
void support_locale_leave(void); /* back to C; removes what enter made */

#endif
