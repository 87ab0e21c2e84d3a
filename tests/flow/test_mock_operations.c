/* The mock's own words for rankings, lists of models and token counts, and what it refuses. */
#include <stdio.h>
#include <unistd.h>

#include "support_socket.h"

static int setup(void **state) {
    llmc_mock *mock = NULL;
    if (llmc_mock_new(&mock) != LLMC_OK)
        return -1;
    *state = mock;
    return 0;
}

static int teardown(void **state) {
    llmc_mock_free(*state);
    return 0;
}

/* One request on the connection; its answer has the part, in the head or the body. */
static void answers(int fd, const char *line, const char *body, const char *part) {
    char request[1024];
    received got;
    char *content;
    int len =
        snprintf(request, sizeof request, "%s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s", line, strlen(body), body);
    assert_in_range(len, 1, sizeof request - 1);
    mock_send_all(fd, request, (size_t)len);
    content = mock_read_response(fd, &got);
    mock_assert_has(got.data, part);
    free(content);
    mock_forget(&got);
}

#define ASK "{\"query\":\"q\",\"documents\":[\"a\",\"b\\\"\\u00fc\\n\"],\"top_n\":1}"

static void test_rankings(void **state) {
    int fd = mock_dial(*state);
    double first = llmc_mock_score("q", 1, "a", 1), second = llmc_mock_score("q", 1, "b\"\xc3\xbc\n", 5);
    char best[80];
    assert_true(first > 0 && first < 1 && second > 0 && second < 1);
    assert_true(first != second);
    assert_true(llmc_mock_score("Q", 1, "a", 1) != first);
    assert_true(llmc_mock_score(NULL, 7, NULL, 7) == llmc_mock_score("", 0, "", 0));
    snprintf(best, sizeof best, "[{\"index\":%d,\"relevance_score\":%.6f}]", first > second ? 0 : 1,
             first > second ? first : second);
    answers(fd, "POST /v1/rerank", ASK, best);
    answers(fd, "POST /v2/rerank", ASK, best);
    answers(fd, "POST /v2/rerank", ASK, "\"search_units\":1");
    answers(fd, "POST /model/amazon.rerank-v1%3A0/invoke", ASK, best);
    answers(fd, "POST /v1/rerank", "{\"query\":\"q\",\"documents\":[\"a\"],\"top_k\":1}", "\"data\":[{\"index\":0,");
    close(fd);
}

static void test_refusals(void **state) {
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"query\":\"q\"}",
        "{\"documents\":[\"a\"]}",
        "{\"query\":7,\"documents\":[\"a\"]}",
        "{\"query\":\"q\",\"documents\":\"a\"}",
        "{\"query\":\"q\",\"documents\":[7,{\"text\":\"a\"}]}",
        "{\"query\":\"q\",\"documents\":",
        "{\"query\":\"q\",\"documents\":[",
        "{\"query\":\"q\"]]]]",
    };
    int fd = mock_dial(*state);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        answers(fd, "POST /v1/rerank", bodies[i], " 400 ");
        answers(fd, "POST /v2/rerank", bodies[i], "query and documents are required");
    }
    answers(fd, "POST /v1/messages/count_tokens", "nothing", " 400 ");
    answers(fd, "POST /v1beta/models/m:countTokens", "[]", "\"status\":\"INVALID_ARGUMENT\"");
    answers(fd, "GET /v1/rerank", "", " 404 ");
    close(fd);
}

static void test_counts(void **state) {
    static const char inner[] =
        "{\"generateContentRequest\":{\"model\":\"models/m\",\"contents\":[{\"parts\":[{\"text\":"
        "\"one two three\"}]}]}}";
    static const char nested[] = "{\"generateContentRequest\":{\"generateContentRequest\":{\"contents\":[]}}}";
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    int fd = mock_dial(*state);
    answers(fd, "POST /v1/messages/count_tokens", HELLO, "{\"input_tokens\":5}");
    answers(fd, "POST /v1/models/count-tokens:rawPredict", HELLO, "{\"input_tokens\":5}");
    answers(fd, "POST /v1beta/models/m:countTokens", inner, "\"totalTokens\":3");
    answers(fd, "POST /v1beta/models/m:countTokens", nested, "\"totalTokens\":0");
    script.tokens_in = 1234;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    answers(fd, "POST /v1/messages/count_tokens", HELLO, "{\"input_tokens\":1234}");
    close(fd);
}

static void test_lists(void **state) {
    static const char *const ids[] = {"a", "b/c", "d"};
    static const struct {
        const char *line, *part;
    } rows[] = {
        {"GET /v1/models", "\"id\":\"d\""},
        {"GET /v1/models?limit=20", "\"has_more\":true,\"first_id\":\"a\",\"last_id\":\"b/c\"}"},
        {"GET /v1/models?limit=20&after_id=a", "\"has_more\":false,\"first_id\":\"b/c\",\"last_id\":\"d\"}"},
        {"GET /v1/models?limit=20&after_id=unknown", "\"first_id\":\"a\""},
        {"GET /v1/models?limit=20&after_id=d", "{\"data\":[],\"has_more\":false}"},
        {"GET /v1/models?pageSize=9", "\"nextPageToken\":\"at/2\"}"},
        {"GET /v1/models?pageSize=9&pageToken=at%2F2", "{\"models\":[{\"name\":\"models/d\""},
        {"GET /v1/models?pageSize=9&pageToken=at%2F99", "\"name\":\"models/a\""},
        {"GET /v1/models?page_size=9", "\"next_page_token\":\"at/2\"}"},
        {"GET /v1/models?page_size=9&page_token=at%2F2", "{\"models\":[{\"name\":\"d\""},
        {"GET /api/tags", "{\"models\":[{\"name\":\"a\""},
        {"GET /foundation-models", "{\"modelSummaries\":[{\"modelId\":\"a\""},
        {"GET /v1/models?", "\"id\":\"a\""},
    };
    int fd = mock_dial(*state);
    answers(fd, "GET /v1/models?limit=1", "", "\"id\":\"mock\"");
    assert_int_equal(llmc_mock_set_models(*state, ids, 3, 2), LLMC_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        answers(fd, rows[i].line, "", rows[i].part);
    assert_int_equal(llmc_mock_set_models(*state, NULL, 0, 0), LLMC_OK);
    answers(fd, "GET /v1/models", "", "\"id\":\"mock\"");
    assert_int_equal(llmc_mock_set_models(NULL, ids, 3, 0), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_models(*state, NULL, 1, 0), LLMC_ERR_INVALID_ARGUMENT);
    close(fd);
}

#define MOCK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        MOCK_TEST(test_rankings),
        MOCK_TEST(test_refusals),
        MOCK_TEST(test_counts),
        MOCK_TEST(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
