#include "support_op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/answer.h"
#include "support_random.h"

static op_answer decode(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body,
                        size_t len) {
    static char name[] = "test";
    static const llmc__target target = {.name = name};
    char *copy = malloc(len + 1);
    op_answer answer = {LLMC_ERR_NO_MEMORY, NULL, {0}};
    llmc__op_answer whole = {&target, "model", input, copy, len, NULL};
    memcpy(copy, body, len);
    copy[len] = '\0';
    llmc__error_init(&answer.error);
    answer.result = llmc__result_new(op);
    if (answer.result != NULL)
        answer.status = llmc__answer_decode(&whole, answer.result, &answer.error, operation->read);
    free(copy);
    return answer;
}

op_answer op_decode(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body) {
    return decode(operation, op, input, body, strlen(body));
}

void op_end(op_answer *answer) {
    llmc__result_unref(answer->result);
    llmc__error_clear(&answer->error);
}

void op_refuses(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body,
                llmc_status status, const char *word) {
    op_answer answer = op_decode(operation, op, input, body);
    const char *message = answer.error.message != NULL ? answer.error.message : "";
    if (answer.status != status || answer.error.status != status || strstr(message, word) == NULL)
        fail_msg("%s: %s, \"%s\"", body, llmc_status_name(answer.status), message);
    op_end(&answer);
}

static int gate(void *ctx) {
    int *left = ctx;
    return (*left)-- != 0;
}

void op_starve(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body) {
    llmc_status status = LLMC_ERR_NO_MEMORY;
    int fail_at = 0;
    for (; status != LLMC_OK; fail_at++) {
        int left = fail_at;
        llmc__mem_set_gate(gate, &left);
        op_answer answer = op_decode(operation, op, input, body);
        llmc__mem_set_gate(NULL, NULL);
        status = answer.status;
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        op_end(&answer);
        assert_in_range(fail_at, 0, 10000);
    }
    assert_true(fail_at > 1);
}

void op_mutate(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body,
               uint32_t rounds) {
    static const char marks[] = "{}[]\",:\\0-9.enul \x80";
    size_t len = strlen(body);
    char *copy = malloc(len);
    support_random random;
    support_random_begin(&random, llmc__op_name(op));
    for (uint32_t i = support_random_steps(rounds); i > 0; i--) {
        size_t used = 1 + support_random_below(&random, (uint32_t)len);
        memcpy(copy, body, len);
        if (support_random_below(&random, 4) > 0)
            used = len;
        for (uint32_t changes = support_random_below(&random, 4); changes > 0; changes--)
            copy[support_random_below(&random, (uint32_t)len)] =
                marks[support_random_below(&random, (uint32_t)sizeof marks - 1)];
        op_answer answer = decode(operation, op, input, copy, used);
        if (answer.status != LLMC_OK)
            assert_true(answer.error.message != NULL && answer.error.message[0] != '\0');
        op_end(&answer);
    }
    free(copy);
}
