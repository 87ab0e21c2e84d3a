#include "provider/percent.h"

#include <string.h>

llmc_status llmc__percent_append(llmc__buf *out, const char *text, size_t len, const char *keep) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < len && status == LLMC_OK; i++)
        status = text[i] != '\0' && (strchr(plain, text[i]) != NULL || strchr(keep, text[i]) != NULL)
                     ? llmc__buf_append_char(out, text[i])
                     : llmc__buf_appendf(out, "%%%02X", (unsigned)(unsigned char)text[i]);
    return status;
}
