/* Checks of arguments, each of which names the argument it refuses in llmc_last_error_message. */
#ifndef LLMC_API_ARGUMENT_H
#define LLMC_API_ARGUMENT_H

#include <stddef.h>
#include "llmclient.h"

llmc_status llmc__argument_refuse(const char *text);        /* INVALID_ARGUMENT: that text */
llmc_status llmc__argument_null(const char *argument);      /* INVALID_ARGUMENT: must not be NULL */
llmc_status llmc__argument_no_request(void);                /* the same of "request" */
llmc_status llmc__argument_no_memory(const char *argument); /* NO_MEMORY: no memory for a copy of it */
llmc_status llmc__argument_no_room(const char *what);       /* NO_MEMORY: "no memory for a client" */
llmc_status llmc__argument_check_utf8(const char *argument, const char *text, size_t len);
llmc_status llmc__argument_check_text(const char *argument, const char *text); /* not NULL, not empty, UTF-8 */
llmc_status llmc__argument_check_object(const char *argument, const char *json);
llmc_status llmc__argument_check_enum(const char *argument, int value, int most, const char *type); /* 0 to most */
/* Pointers, of which none may be NULL; the list may be where it is empty. */
llmc_status llmc__argument_check_list(const char *name, const void *list, size_t count);
/* What tools and forms of answers have: description and schema_json may be NULL. */
llmc_status llmc__argument_check_tool(const char *name, const char *description, const char *schema_json);
/* The first member of an options struct: LLMC_OK if it is `want`, the size of that type. */
llmc_status llmc__argument_check_size(size_t size, size_t want, const char *type);
llmc_status llmc__argument_check_name(const char *argument, const char *name); /* of a tool or schema */
/* Puts a copy in the slot; NULL empties it. */
llmc_status llmc__argument_replace(const char *argument, char **slot, const char *text);

/* A member of an options struct that stands for a default where it is 0. */
typedef struct llmc__default {
    uint16_t offset, size;
} llmc__default;
#define LLMC__DEFAULT(type, member)                                                                                    \
    { (uint16_t) offsetof(type, member), (uint16_t)sizeof((type *)0)->member }
/* Fills those that are 0 from the defaults. */
void llmc__argument_fill(void *options, const void *defaults, const llmc__default *members, size_t count);

#endif
