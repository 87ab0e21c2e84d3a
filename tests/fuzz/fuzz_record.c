/*
 * Records with a right hash and any content: what is refused leaves nothing, what is read is whole. Packed, read and
 * packed again it gives the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "model/packed.h"
#include "model/record.h"
#include "model/response_replay.h"

#define MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
    if (!condition)
        abort();
}

/* Every byte of every text is looked at, and its end. */
static llmc_status look(void *ctx, const llmc_event *event) {
    size_t *sum = ctx;
    if (event->text != NULL)
        must(event->text[event->text_len] == '\0');
    for (size_t i = 0; event->text != NULL && i < event->text_len; i++)
        *sum += (size_t)(unsigned char)event->text[i];
    *sum += event->tool_id != NULL ? strlen(event->tool_id) : 0;
    *sum += event->tool_name != NULL ? strlen(event->tool_name) : 0;
    *sum += event->finish_raw != NULL ? strlen(event->finish_raw) : 0;
    return LLMC_OK;
}

static void given_back(void *owner) {
    ++*(int *)owner;
}

static void pack_twice(const llmc_response *response) {
    llmc_response *again = NULL;
    llmc__buf first, second;
    int back = 0;
    llmc__buf_init(&first, SIZE_MAX);
    llmc__buf_init(&second, SIZE_MAX);
    must(llmc__packed_write(response, true, &first) == LLMC_OK);
    must(llmc__packed_read(first.data, first.len, MAX, &back, given_back, &again) == LLMC_OK);
    must(llmc__packed_write(again, true, &second) == LLMC_OK);
    must(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    llmc__response_unref(again);
    must(back == 1);
    llmc__buf_free(&first);
    llmc__buf_free(&second);
}

static void use(const llmc_response *response) {
    llmc_response *copy = llmc__response_new(1);
    size_t sum = 0;
    must(copy != NULL);
    must(llmc__response_replay(response, look, &sum) == LLMC_OK);
    must(llmc__response_copy(copy, response) == LLMC_OK);
    must(llmc__response_bytes(response) > 0);
    (void)llmc__response_header(response, "none");
    pack_twice(response);
    pack_twice(copy);
    llmc__response_unref(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    llmc_response *response = NULL;
    llmc__record_life life;
    llmc__record_key key;
    size_t len = LLMC__RECORD_HEAD + size;
    char *record = malloc(len);
    must(record != NULL);
    memset(record, 0, LLMC__RECORD_HEAD);
    if (size > 0)
        memcpy(record + LLMC__RECORD_HEAD, data, size);
    llmc__record_key_make("k", 1, NULL, &key);
    llmc__record_seal(record, len, &key);
    if (llmc__record_read(record, len, &key, MAX, &life, &response) == LLMC_OK)
        use(response);
    else
        must(response == NULL);
    free(record);
    llmc__response_unref(response);
    return 0;
}
