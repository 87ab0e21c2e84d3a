#include "mock/inner.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"

/* RFC 8259 section 7: what must be escaped in a string. Other bytes pass as they are, broken UTF-8 too. */
static llmc_status escape(llmc__buf *to, const char *text) {
    llmc_status status = LLMC_OK;
    for (const char *p = text; *p != '\0' && status == LLMC_OK; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            status = llmc__buf_appendf(to, "\\%c", c);
        } else if (c == '\n') {
            status = llmc__buf_append(to, "\\n", 2);
        } else if (c < 0x20) {
            status = llmc__buf_appendf(to, "\\u%04x", c);
        } else {
            status = llmc__buf_append_char(to, (char)c);
        }
    }
    return status;
}

/* Escaped copy, never NULL unless there is no memory. */
static char *escaped(const char *text, size_t *len) {
    llmc__buf buf;
    char *copy = NULL;
    llmc__buf_init(&buf, LLMC__MOCK_MAX_ANSWER);
    if (escape(&buf, text) == LLMC_OK) {
        size_t taken = buf.len;
        copy = llmc__buf_take(&buf, len);
        if (copy == NULL && taken == 0) {
            copy = llmc__mem_strdup("");
            *len = 0;
        }
    }
    llmc__buf_free(&buf);
    return copy;
}

static llmc_status copy_deltas(llmc__mock_plan *plan, const llmc_mock_script *script) {
    llmc_status status = LLMC_OK;
    llmc__buf all;
    size_t len = 0;
    llmc__buf_init(&all, LLMC__MOCK_MAX_ANSWER);
    plan->delta_ends = llmc__mem_calloc(script->delta_count, sizeof(size_t));
    if (plan->delta_ends == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < script->delta_count && status == LLMC_OK; i++) {
        status = escape(&all, script->deltas[i]);
        plan->delta_ends[i] = all.len;
    }
    plan->delta_count = script->delta_count;
    if (status == LLMC_OK) {
        plan->deltas = all.len == 0 ? llmc__mem_strdup("") : llmc__buf_take(&all, &len);
        status = plan->deltas == NULL ? LLMC_ERR_NO_MEMORY : LLMC_OK;
    }
    llmc__buf_free(&all);
    return status;
}

/* The script's text escaped, or NULL when it has none; false: no memory. */
static bool copy_escaped(const char *text, char **out) {
    size_t len = 0;
    *out = text != NULL ? escaped(text, &len) : NULL;
    return text == NULL || *out != NULL;
}

static llmc_status copy_calls(llmc__mock_plan *plan, const llmc_mock_script *script) {
    char made_up[32];
    plan->calls = llmc__mem_calloc(script->tool_call_count + 1, sizeof *plan->calls);
    if (plan->calls == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    plan->call_count = script->tool_call_count;
    for (size_t i = 0; i < script->tool_call_count; i++) {
        const llmc_mock_tool_call *given = &script->tool_calls[i];
        const char *arguments = given->arguments != NULL ? given->arguments : "{}";
        llmc__mock_call *call = &plan->calls[i];
        (void)snprintf(made_up, sizeof made_up, "call_%zu", i);
        call->has_id = given->id != NULL;
        call->raw = llmc__mem_strdup(arguments);
        if (call->raw == NULL || !copy_escaped(given->id != NULL ? given->id : made_up, &call->id) ||
            !copy_escaped(given->name, &call->name) || !copy_escaped(arguments, &call->arguments)) {
            return LLMC_ERR_NO_MEMORY;
        }
    }
    return LLMC_OK;
}

static void free_calls(llmc__mock_plan *plan) {
    for (size_t i = 0; i < plan->call_count; i++) {
        llmc__mem_free(plan->calls[i].id);
        llmc__mem_free(plan->calls[i].name);
        llmc__mem_free(plan->calls[i].arguments);
        llmc__mem_free(plan->calls[i].raw);
    }
    llmc__mem_free(plan->calls);
}

static llmc_status copy_texts(llmc__mock_plan *plan, const llmc_mock_script *script) {
    if (script->headers != NULL) {
        plan->headers = llmc__mem_strdup(script->headers);
        if (plan->headers == NULL) {
            return LLMC_ERR_NO_MEMORY;
        }
        llmc__mock_span lines = {plan->headers, strlen(plan->headers)};
        llmc__mock_span value;
        plan->has_content_type = llmc__mock_find_header(lines, "content-type", &value);
    }
    if (script->body != NULL) {
        plan->body_len = script->body_len != 0 ? script->body_len : strlen(script->body);
        plan->body = llmc__mem_alloc(plan->body_len + 1);
        if (plan->body == NULL) {
            return LLMC_ERR_NO_MEMORY;
        }
        memcpy(plan->body, script->body, plan->body_len);
        plan->body[plan->body_len] = '\0';
    }
    if (script->text != NULL) {
        plan->has_text = true;
        plan->text = escaped(script->text, &plan->text_len);
        if (plan->text == NULL) {
            return LLMC_ERR_NO_MEMORY;
        }
    }
    if (!copy_escaped(script->finish_reason, &plan->finish_reason) ||
        !copy_escaped(script->reasoning, &plan->reasoning) ||
        !copy_escaped(script->error_in_stream, &plan->error_in_stream) || copy_calls(plan, script) != LLMC_OK) {
        return LLMC_ERR_NO_MEMORY;
    }
    return script->deltas != NULL && script->delta_count > 0 ? copy_deltas(plan, script) : LLMC_OK;
}

static void copy_numbers(llmc__mock_plan *plan, const llmc_mock_script *script) {
    plan->left = script->repeat == 0 ? 1 : script->repeat;
    plan->status = script->status;
    plan->tokens_in = script->tokens_in;
    plan->tokens_out = script->tokens_out;
    plan->no_done = script->no_done;
    plan->delay_us = script->delay_ms * 1000;
    plan->chunk_delay_us = script->chunk_delay_ms * 1000;
    plan->split_at = script->split_at;
    plan->framing = script->framing;
    plan->fault = script->fault;
    plan->cut_at = script->cut_at;
    plan->fault_on_read = script->fault_on_read;
    plan->close_after = script->close_after;
}

static bool is_valid(const llmc_mock_script *script) {
    const int64_t longest = INT64_MAX / 4000; /* so that microseconds added to a clock do not overflow */
    size_t headers = script->headers == NULL ? 0 : strlen(script->headers);
    if (script->status < 200 || script->status > 999 || script->delay_ms < 0 || script->chunk_delay_ms < 0 ||
        script->delay_ms > longest || script->chunk_delay_ms > longest) {
        return false;
    }
    if ((unsigned)script->framing > LLMC_MOCK_FRAMING_CLOSE || (unsigned)script->fault > LLMC_MOCK_STALL) {
        return false;
    }
    if (headers > 0 && (headers < 2 || strcmp(script->headers + headers - 2, "\r\n") != 0)) {
        return false;
    }
    if (script->delta_count > 0 && script->deltas == NULL) {
        return false;
    }
    for (size_t i = 0; i < script->delta_count; i++) {
        if (script->deltas[i] == NULL) {
            return false;
        }
    }
    if (script->tool_call_count > 0 && script->tool_calls == NULL) {
        return false;
    }
    for (size_t i = 0; i < script->tool_call_count; i++) {
        if (script->tool_calls[i].name == NULL) {
            return false;
        }
    }
    return script->tokens_in >= 0 && script->tokens_out >= 0;
}

llmc_status llmc__mock_plan_new(const llmc_mock_script *given, llmc__mock_plan **out) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_status status = LLMC_ERR_INVALID_ARGUMENT;
    llmc__mock_plan *plan = NULL;
    if (given == NULL || given->size < sizeof(size_t) + sizeof(int)) {
        goto done;
    }
    /* A caller built with an older header has a shorter struct: what it lacks keeps its default. */
    memcpy(&script, given, given->size < sizeof script ? given->size : sizeof script);
    if (!is_valid(&script)) {
        goto done;
    }
    plan = llmc__mem_calloc(1, sizeof *plan);
    if (plan == NULL) {
        status = LLMC_ERR_NO_MEMORY;
        goto done;
    }
    atomic_init(&plan->refs, 1);
    copy_numbers(plan, &script);
    status = copy_texts(plan, &script);
done:
    if (status != LLMC_OK) {
        llmc__mock_plan_unref(plan);
        plan = NULL;
    }
    *out = plan;
    return status;
}

void llmc__mock_plan_unref(llmc__mock_plan *plan) {
    if (plan == NULL || atomic_fetch_sub(&plan->refs, 1) != 1) {
        return;
    }
    llmc__mem_free(plan->headers);
    llmc__mem_free(plan->body);
    llmc__mem_free(plan->text);
    llmc__mem_free(plan->deltas);
    llmc__mem_free(plan->delta_ends);
    llmc__mem_free(plan->finish_reason);
    llmc__mem_free(plan->reasoning);
    llmc__mem_free(plan->error_in_stream);
    free_calls(plan);
    llmc__mem_free(plan);
}

llmc__mock_plan *llmc__mock_plan_take_locked(llmc_mock *mock) {
    llmc__list_node *first = llmc__list_first(&mock->shared.queue);
    if (first == NULL) {
        if (mock->shared.standing != NULL) {
            atomic_fetch_add(&mock->shared.standing->refs, 1);
        }
        return mock->shared.standing;
    }
    llmc__mock_plan *plan = LLMC__CONTAINER(first, llmc__mock_plan, node);
    plan->left--;
    if (plan->left == 0) {
        llmc__list_remove(&mock->shared.queue, first); /* its reference goes to the caller */
    } else {
        atomic_fetch_add(&plan->refs, 1);
    }
    return plan;
}
