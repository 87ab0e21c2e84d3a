/*
 * Tool calls. Servers disagree on what tells calls apart, so: a known id is its call; an unknown id with a name is a
 * new call, even on an index in use; without an id the index decides; without either a name begins a call.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/openai.h"

#define MAX_CALLS    1024
#define NOT_SENT     (-1)
#define LEGACY_INDEX (-2)

/* One element of `tool_calls`. Text is lent by the document; NULL for absent or empty. */
typedef struct tool_piece {
    const char *id, *name, *arguments;
    size_t arguments_len;
    int64_t index;
} tool_piece;

static llmc__openai_call *call_of_id(llmc__openai_choice *choice, const char *id) {
    for (size_t i = choice->call_count; i-- > 0;)
        if (choice->calls[i].id != NULL && strcmp(choice->calls[i].id, id) == 0)
            return &choice->calls[i];
    return NULL;
}

static llmc__openai_call *call_of_index(llmc__openai_choice *choice, int64_t index) {
    for (size_t i = choice->call_count; i-- > 0;)
        if (choice->calls[i].index == index)
            return &choice->calls[i];
    return NULL;
}

static bool is_whole(const llmc__openai_call *call) {
    return call->arguments.len > 0 && llmc__json_valid(call->arguments.data, call->arguments.len, NULL);
}

/* Whole calls that share an index and have no id (Gemini's OpenAI endpoint): a name with arguments begins the next. */
static bool begins_next(const llmc__openai_call *call, const tool_piece *piece) {
    if (piece->name == NULL || call->name == NULL)
        return false;
    return strcmp(call->name, piece->name) != 0 || (piece->arguments_len > 0 && is_whole(call));
}

/* The call this piece goes on with; NULL when it begins a new one. */
static llmc__openai_call *find_call(llmc__openai_choice *choice, const tool_piece *piece) {
    llmc__openai_call *call = piece->id != NULL ? call_of_id(choice, piece->id) : NULL;
    if (call != NULL)
        return call;
    if (piece->index == NOT_SENT) {
        bool goes_on = piece->id == NULL && piece->name == NULL && choice->call_count > 0;
        return goes_on ? &choice->calls[choice->call_count - 1] : NULL;
    }
    call = call_of_index(choice, piece->index);
    if (call == NULL || begins_next(call, piece))
        return NULL;
    /* An id that changes with each chunk and brings no name (seen from vLLM) is no new call. */
    return piece->id == NULL || call->id == NULL || piece->name == NULL ? call : NULL;
}

/* NULL: the decoding has failed. */
static llmc__openai_call *add_call(llmc__openai_decoder *decoder, llmc__openai_choice *choice, int64_t index) {
    bool many = choice->call_count >= MAX_CALLS;
    if (many || !llmc__mem_make_room(&choice->calls, choice->call_count, &choice->call_cap, sizeof *choice->calls)) {
        if (many)
            llmc__sink_fail(&decoder->sink, LLMC_ERR_TOO_LARGE, "the answer has too many tool calls");
        llmc__sink_keep(&decoder->sink, LLMC_ERR_NO_MEMORY);
        return NULL;
    }
    llmc__openai_call *call = &choice->calls[choice->call_count++];
    *call = (llmc__openai_call){.index = index};
    llmc__buf_init(&call->arguments, decoder->sink.max_bytes);
    return call;
}

static void emit_call(llmc__openai_decoder *decoder, size_t choice, const llmc__openai_call *call, llmc_event_kind kind,
                      const char *text, size_t len) {
    llmc_event event = {.kind = kind,
                        .text = text,
                        .text_len = len,
                        .choice = choice,
                        .tool_index = (size_t)(call - decoder->choices[choice].calls),
                        .tool_id = call->id,
                        .tool_name = call->name};
    llmc__sink_emit(&decoder->sink, &event);
}

/* START as soon as the name is known, then the arguments that came before it. */
static void start_call(llmc__openai_decoder *decoder, size_t choice, llmc__openai_call *call) {
    call->started = true;
    emit_call(decoder, choice, call, LLMC_EVENT_TOOL_CALL_START, NULL, 0);
    if (call->arguments.len > 0)
        emit_call(decoder, choice, call, LLMC_EVENT_TOOL_CALL_DELTA, call->arguments.data, call->arguments.len);
}

static bool keep_word(char **slot, const char *text) {
    if (text == NULL || *slot != NULL)
        return true;
    *slot = llmc__mem_strdup(text);
    return *slot != NULL;
}

/* Cohere's word for no arguments. Nothing that begins with it is an object, so a first piece of it says just that. */
static bool is_null(const tool_piece *piece) {
    return piece->arguments_len == 4 && memcmp(piece->arguments, "null", 4) == 0;
}

void llmc__openai_add_arguments(llmc__sink *sink, llmc__buf *arguments, const char *text, size_t len) {
    llmc_status status = llmc__buf_append(arguments, text, len);
    if (status == LLMC_ERR_TOO_LARGE)
        llmc__sink_fail(sink, status, "the arguments of a tool call are larger than max_event_bytes");
    llmc__sink_keep(sink, status);
}

static void take_piece(llmc__openai_decoder *decoder, size_t index, const tool_piece *piece, bool whole) {
    llmc__openai_choice *choice = &decoder->choices[index];
    llmc__openai_call *call = whole ? NULL : find_call(choice, piece);
    if (call == NULL)
        call = add_call(decoder, choice, piece->index);
    if (call != NULL && (!keep_word(&call->id, piece->id) || !keep_word(&call->name, piece->name)))
        llmc__sink_keep(&decoder->sink, LLMC_ERR_NO_MEMORY);
    if (call == NULL || decoder->sink.status != LLMC_OK ||
        call->ended) /* after the choice's finish_reason: nothing may follow an END */
        return;
    size_t added = call->arguments.len == 0 && is_null(piece) ? 0 : piece->arguments_len;
    llmc__openai_add_arguments(&decoder->sink, &call->arguments, piece->arguments, added);
    if (!call->started && call->name != NULL)
        start_call(decoder, index, call);
    else if (call->started && added > 0)
        emit_call(decoder, index, call, LLMC_EVENT_TOOL_CALL_DELTA, piece->arguments, added);
}

/* Name and arguments of a function; arguments are JSON in a string, but some servers send the object itself. */
static void read_function(llmc__openai_decoder *decoder, const llmc__json *function, size_t choice, tool_piece *piece,
                          bool whole) {
    llmc__buf printed;
    const llmc__json *arguments = llmc__json_get(function, "arguments");
    llmc__buf_init(&printed, decoder->sink.max_bytes);
    piece->name = llmc__json_word(function, "name");
    piece->arguments = llmc__json_string(decoder->sink.doc, arguments, &piece->arguments_len);
    if (llmc__json_type_of(arguments) == LLMC__JSON_OBJECT || llmc__json_type_of(arguments) == LLMC__JSON_ARRAY) {
        llmc__sink_print(&decoder->sink, &printed, arguments);
        piece->arguments = printed.data;
        piece->arguments_len = printed.len;
    }
    if (piece->id != NULL || piece->name != NULL || piece->arguments_len > 0)
        take_piece(decoder, choice, piece, whole);
    llmc__buf_free(&printed);
}

void llmc__openai_tool_read(llmc__openai_decoder *decoder, const llmc__json *item, const llmc__json *place,
                            size_t choice, bool whole) {
    tool_piece piece = {.id = llmc__json_word(item, "id"), .index = NOT_SENT};
    int64_t index = NOT_SENT;
    if (llmc__json_int64(decoder->sink.doc, place, &index) && index >= 0)
        piece.index = index;
    read_function(decoder, llmc__json_get(item, "function"), choice, &piece, whole);
}

void llmc__openai_tools_read(llmc__openai_decoder *decoder, const llmc__json *delta, size_t choice, bool whole) {
    tool_piece legacy = {.index = LEGACY_INDEX};
    for (const llmc__json *item = llmc__json_items(llmc__json_get(delta, "tool_calls"));
         item != NULL && decoder->sink.status == LLMC_OK; item = llmc__json_next(item))
        llmc__openai_tool_read(decoder, item, llmc__json_get(item, "index"), choice, whole);
    if (decoder->sink.status == LLMC_OK)
        read_function(decoder, llmc__json_get(delta, "function_call"), choice, &legacy, whole);
}

void llmc__openai_tools_end(llmc__openai_decoder *decoder, size_t index) {
    const llmc__openai_choice *choice = &decoder->choices[index];
    bool cut = choice->finish == LLMC_FINISH_LENGTH || choice->finish == LLMC_FINISH_CONTENT_FILTER;
    for (size_t i = 0; i < choice->call_count && decoder->sink.status == LLMC_OK; i++) {
        llmc__openai_call *call = &choice->calls[i];
        bool empty = call->arguments.len == 0;
        if (call->ended)
            continue;
        if (!call->started)
            start_call(decoder, index, call);
        /* No arguments stand for {}, unless the answer was cut before them. A cut call never ends: it must not run. */
        if (decoder->sink.status != LLMC_OK || (empty ? cut : !is_whole(call)))
            continue;
        call->ended = true;
        emit_call(decoder, index, call, LLMC_EVENT_TOOL_CALL_END, empty ? "{}" : call->arguments.data,
                  empty ? 2 : call->arguments.len);
    }
}
