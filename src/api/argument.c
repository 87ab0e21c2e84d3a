#include "api/argument.h"

#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"
#include "wire/json.h"

#define MAX_NAME 64

llmc_status llmc__argument_refuse(const char *text) {
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s", text);
}

llmc_status llmc__argument_no_request(void) {
    return llmc__argument_null("request");
}

llmc_status llmc__argument_null(const char *argument) {
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must not be NULL", argument);
}

llmc_status llmc__argument_no_memory(const char *argument) {
    return llmc__error_last(LLMC_ERR_NO_MEMORY, "%s: no memory for a copy", argument);
}

llmc_status llmc__argument_no_room(const char *what) {
    return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for %s", what);
}

llmc_status llmc__argument_check_enum(const char *argument, int value, int most, const char *type) {
    if (value >= 0 && value <= most)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: %d is no %s", argument, value, type);
}

llmc_status llmc__argument_check_size(size_t size, size_t want, const char *type) {
    if (size == want)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options.size is not that of %s: start from its INIT macro",
                            type);
}

llmc_status llmc__argument_check_utf8(const char *argument, const char *text, size_t len) {
    size_t good = llmc__str_utf8_prefix(text, len);
    if (good == len)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_UTF8, "%s: byte %zu (0x%02x) is not valid UTF-8", argument, good,
                            (unsigned)(unsigned char)text[good]);
}

llmc_status llmc__argument_check_text(const char *argument, const char *text) {
    if (text == NULL)
        return llmc__argument_null(argument);
    if (text[0] == '\0')
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must not be empty", argument);
    return llmc__argument_check_utf8(argument, text, strlen(text));
}

llmc_status llmc__argument_check_object(const char *argument, const char *json) {
    llmc__json_fault fault = {0, NULL};
    size_t len = strlen(json);
    size_t good = llmc__str_utf8_prefix(json, len);
    if (good != len)
        return llmc__error_last(LLMC_ERR_INVALID_JSON, "%s: byte %zu is not valid UTF-8", argument, good);
    if (!llmc__json_valid(json, len, &fault))
        return llmc__error_last(LLMC_ERR_INVALID_JSON, "%s: %s at byte %zu", argument,
                                fault.reason != NULL ? fault.reason : "not JSON", fault.offset);
    if (json[strspn(json, " \t\r\n")] != '{')
        return llmc__error_last(LLMC_ERR_INVALID_JSON, "%s: must be an object, beginning with '{'", argument);
    return LLMC_OK;
}

/* What OpenAI, Anthropic and Bedrock all take. */
llmc_status llmc__argument_check_name(const char *argument, const char *name) {
    if (name == NULL)
        return llmc__argument_null(argument);
    size_t len = strlen(name), good = llmc__str_span(name, "_-");
    if (len == 0 || len > MAX_NAME)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s: must have 1 to %d characters", argument, MAX_NAME);
    if (good != len)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "%s: byte %zu (0x%02x) is none of letters, digits, '_' and '-'", argument, good,
                                (unsigned)(unsigned char)name[good]);
    return LLMC_OK;
}

llmc_status llmc__argument_check_tool(const char *name, const char *description, const char *schema_json) {
    llmc_status status = llmc__argument_check_name("name", name);
    if (status == LLMC_OK && description)
        status = llmc__argument_check_utf8("description", description, strlen(description));
    if (status == LLMC_OK && schema_json)
        status = llmc__argument_check_object("schema_json", schema_json);
    return status;
}

llmc_status llmc__argument_check_list(const char *name, const void *list, size_t count) {
    if (count && !list)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s is NULL but count is not 0", name);
    for (size_t i = 0; i < count; i++) {
        const void *item;
        memcpy(&item, (const char *)list + i * sizeof item, sizeof item);
        if (!item)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s[%zu] is NULL", name, i);
    }
    return LLMC_OK;
}

llmc_status llmc__argument_replace(const char *argument, char **slot, const char *text) {
    char *copy = llmc__mem_strdup(text);
    if (text != NULL && copy == NULL)
        return llmc__argument_no_memory(argument);
    llmc__mem_free(*slot);
    *slot = copy;
    return LLMC_OK;
}

void llmc__argument_fill(void *options, const void *defaults, const llmc__default *members, size_t count) {
    static const char zeros[sizeof(int64_t)];
    for (size_t i = 0; i < count; i++) {
        char *at = (char *)options + members[i].offset;
        if (memcmp(at, zeros, members[i].size) == 0)
            memcpy(at, (const char *)defaults + members[i].offset, members[i].size);
    }
}
