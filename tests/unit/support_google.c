#include "support_google.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/str.h"
#include "model/response.h"

static char key[] = "k-1234", name[] = "google", variable[] = "GEMINI_API_KEY";

void google_request_empty(google_case *one) {
    llmc_request_free(one->request);
    assert_int_equal(llmc_request_new("m", &one->request), LLMC_OK);
}

void google_request(google_case *one) {
    google_request_empty(one);
    assert_int_equal(llmc_request_add_message(one->request, LLMC_ROLE_USER, "hi"), LLMC_OK);
}

void google_begin(google_case *one, const char *provider) {
    static llmc__row_text base_url; /* a target owns its strings, this one only reads them */
    llmc__row_text text;
    const llmc__provider_row *row = llmc__provider_row_find(provider);
    memset(one, 0, sizeof *one);
    assert_non_null(row);
    one->target =
        (llmc__target){.name = name,
                       .provider = llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, text)),
                       .row = row,
                       .api_key = key,
                       .key_required = row->key_required,
                       .key_variable = variable};
    (void)snprintf(base_url, sizeof base_url, "%s", llmc__provider_row_word(row, LLMC__ROW_BASE_URL, text));
    one->target.base_url = base_url;
    llmc__error_init(&one->error);
    llmc__http_request_init(&one->http, (size_t)1 << 20);
    google_request(one);
}

void google_end(google_case *one) {
    llmc_request_free(one->request);
    llmc__http_request_free(&one->http);
    llmc__error_clear(&one->error);
}

llmc_status google_encode(google_case *one, const char *model, bool stream) {
    llmc__http_request_free(&one->http);
    llmc__http_request_init(&one->http, (size_t)1 << 20);
    llmc__error_clear(&one->error);
    llmc_status status = llmc__provider_encode(&one->target, model, one->request, stream, &one->http, &one->error);
    if (status != LLMC_OK) {
        assert_int_equal(one->error.status, status);
        assert_non_null(one->error.message);
    }
    return status;
}

void google_expect_of(google_case *one, const char *model, const char *body) {
    llmc_status status = google_encode(one, model, false);
    if (status != LLMC_OK)
        print_error("%s\n", one->error.message);
    assert_int_equal(status, LLMC_OK);
    assert_string_equal(llmc__buf_str(&one->http.body), body);
}

void google_expect(google_case *one, const char *body) {
    google_expect_of(one, "gemini-2.5-flash", body);
}

const char *google_header(const google_case *one, const char *header) {
    const char *line = NULL;
    size_t len = strlen(header);
    while ((line = llmc__http_request_next_header(&one->http, line)) != NULL)
        if (llmc__str_ieq_n(line, strcspn(line, ":"), header))
            return line + len + 2;
    return NULL;
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

llmc_response *google_response(const llmc__provider *adapter, const char *body) {
    llmc_error error;
    llmc__target target = {.name = name};
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    llmc__decoder *decoder = adapter->decoder_new(&target, (size_t)1 << 20);
    llmc__error_init(&error);
    assert_int_equal(adapter->decode_body(decoder, body, strlen(body), fold, response, &error), LLMC_OK);
    adapter->decoder_free(decoder);
    return response;
}
