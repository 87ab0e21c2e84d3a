/* Keys never show, not even where a server repeats them. */
#include <string.h>
#include "base/buf.h"
#include "base/mem.h"
#include "provider/provider.h"

static void redact_slot(char **slot, const char *key, size_t key_len) {
    llmc__buf clean;
    const char *hit = *slot != NULL ? strstr(*slot, key) : NULL;
    if (hit == NULL)
        return;
    llmc__buf_init(&clean, strlen(*slot) + 3 * (strlen(*slot) / key_len) + 3);
    llmc_status status = LLMC_OK;
    const char *from = *slot;
    for (; hit != NULL && status == LLMC_OK; hit = strstr(from, key)) {
        status = llmc__buf_append(&clean, from, (size_t)(hit - from));
        if (status == LLMC_OK)
            status = llmc__buf_append_str(&clean, "***");
        from = hit + key_len;
    }
    if (status == LLMC_OK)
        status = llmc__buf_append_str(&clean, from);
    llmc__mem_free_secret(*slot);
    *slot = status == LLMC_OK ? llmc__buf_take(&clean, NULL) : NULL; /* rather no words than the key */
    llmc__buf_free(&clean);
}

static void redact(const char *key, llmc_error *error) {
    /* A key of a few letters is a made-up one for a local server, and may be a common word. */
    if (key == NULL || strlen(key) < 4)
        return;
    char **const slots[] = {&error->message, &error->provider_type, &error->provider_code, &error->provider_message,
                            &error->provider_param};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
        redact_slot(slots[i], key, strlen(key));
}

void llmc__provider_redact(const llmc__target *target, llmc_error *error) {
    if (target == NULL)
        return;
    redact(target->api_key, error);
    redact(target->secret_access_key, error);
    redact(target->session_token, error); /* AWS repeats all signed headers where a signature is wrong */
}
