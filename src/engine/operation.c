/* Where chats and the other operations part: how a request is written and how an answer is read. */
#include "base/mem.h"
#include "engine/call.h"
#include "model/tokens.h"
#include "provider/answer.h"

llmc_status llmc__operation_encode(const llmc_call *call, const llmc__candidate *candidate, const llmc_request *request,
                                   llmc__http_request *out, llmc_error *error) {
    return llmc__provider_encode(candidate->target, candidate->model, request, call->hooks.streamed, out, error);
}

bool llmc__operation_is_ours(const llmc_call *call) {
    return call->op == LLMC__OP_COUNT_TOKENS && !llmc__provider_serves(call->first.target, call->op);
}

/* Tokens that the provider does not count are estimated. */
llmc_status llmc__operation_answer(llmc_call *call, const llmc_request *request, llmc_error *error) {
    const llmc__candidate *first = &call->first;
    llmc_response *response;
    if (request->message_count == 0 && !request->extra_json) {
        llmc__error_set(error, LLMC_ERR_INVALID_ARGUMENT,
                        "messages: the request has none; add one with llmc_request_add_message");
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    response = llmc__response_new(call->own.response->max_bytes);
    if (response) {
        response->result = llmc__result_new(call->op);
        response->provider = llmc__mem_strdup(first->target->name);
        response->model = llmc__mem_strdup(first->model);
    }
    if (!response || !response->result || !response->provider || !response->model) {
        llmc__response_unref(response);
        return LLMC_ERR_NO_MEMORY;
    }
    response->cost_usd = 0;
    response->result->count = llmc__tokens_of_request(request);
    response->result->estimated = true;
    call->hit = response;
    return LLMC_OK;
}

/* The fault where a function has only said its status. */
static llmc_status told(llmc__leg *leg, llmc_status status) {
    if (status != LLMC_OK && leg->fault.status == LLMC_OK)
        llmc__error_set(&leg->fault, status, "%s", llmc_status_message(status));
    return status;
}

/* Embeddings are many numbers: they are read while they come, so that their text is not kept. */
llmc_status llmc__operation_begin(llmc__leg *leg) {
    if (leg->call->op != LLMC__OP_EMBED)
        return LLMC_OK;
    leg->reader = llmc__answer_reader_new(leg->response->max_bytes);
    return leg->reader ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

llmc_status llmc__operation_feed(llmc__leg *leg, const char *bytes, size_t len) {
    return told(leg, llmc__answer_reader_feed(leg->reader, bytes, len));
}

void llmc__operation_end(llmc__leg *leg) {
    llmc__answer_reader_free(leg->reader);
    leg->reader = NULL;
}

llmc_status llmc__operation_decode(llmc__leg *leg, const llmc__net_result *result) {
    const llmc_call *call = leg->call;
    const llmc__candidate *candidate = leg->candidate;
    const llmc__operation *operation = candidate->target->provider->operations[call->op];
    const llmc__buf *body = &leg->response->raw_body;
    llmc__op_answer answer = {candidate->target,   candidate->model, call->input,
                              llmc__buf_str(body), body->len,        leg->reader};
    llmc__result *read;
    llmc_status status;
    if (!operation->read) /* there is no telling from the body: the transport's word counts */
        return result->status == LLMC_OK ? LLMC_OK : LLMC_ERR_INCOMPLETE;
    read = llmc__result_new(call->op);
    if (!read)
        return told(leg, LLMC_ERR_NO_MEMORY);
    status = llmc__answer_decode(&answer, read, &leg->fault, operation->read);
    if (status == LLMC_OK)
        llmc__response_take_result(leg->response, read);
    else
        llmc__result_unref(read);
    return told(leg, status);
}
