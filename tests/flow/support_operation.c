#include "support_operation.h"
#include "base/mem.h"

llmc_request *operation_embed(const char *model, const char *const *texts, size_t count) {
    llmc__input *input = llmc__input_new(LLMC__OP_EMBED, count);
    llmc_request *request;
    assert_non_null(input);
    for (size_t i = 0; i < count; i++)
        input->texts[i] = (llmc__text){texts[i], strlen(texts[i])};
    request = llmc__request_for(model, NULL, LLMC__OP_EMBED, input);
    llmc__input_unref(input);
    assert_non_null(request);
    return request;
}

llmc_request *operation_raw(const char *model, const char *method, const char *path, const char *content_type,
                            const char *body) {
    llmc__input *input = llmc__input_new(LLMC__OP_RAW, 0);
    llmc_request *request;
    assert_non_null(input);
    input->method = method;
    input->path = llmc__mem_strdup(path);
    input->content_type = llmc__mem_strdup(content_type);
    if (body)
        assert_int_equal(llmc__buf_append_str(&input->body, body), LLMC_OK);
    request = llmc__request_for(model, NULL, LLMC__OP_RAW, input);
    llmc__input_unref(input);
    assert_non_null(request);
    return request;
}

llmc_response *operation_ask(llmc_client *client, llmc_request *request, llmc_status expected) {
    llmc_response *response = NULL;
    llmc_status status = llmc_execute(client, request, &response);
    if (status != expected)
        fail_msg("%s: %s", llmc_status_name(status), llmc_response_error_message(response));
    llmc_request_free(request);
    return response;
}

void operation_assert_vectors(const llmc_response *response, const char *const *texts, size_t count,
                              size_t dimensions) {
    const llmc__result *result = response->result;
    float expected[64];
    assert_non_null(result);
    assert_int_equal(result->vector_count, count);
    assert_int_equal(result->dimensions, dimensions);
    for (size_t i = 0; i < count; i++) {
        llmc_mock_vector(texts[i], strlen(texts[i]), dimensions, expected);
        assert_memory_equal(result->vectors + i * dimensions, expected, dimensions * sizeof(float));
    }
}
