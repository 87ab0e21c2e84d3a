/*
 * Amazon Bedrock's Converse and ConverseStream
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html), inside: what the files of this
 * adapter share. Pure, as all of provider/.
 */
#ifndef LLMC_PROVIDER_BEDROCK_H
#define LLMC_PROVIDER_BEDROCK_H

#include "provider/anthropic.h"
#include "provider/body.h"
#include "provider/classify.h"
#include "provider/sink.h"
#include "wire/json.h"
#include "wire/eventstream.h"

#define LLMC__BEDROCK_NAME "bedrock"

/* Whose model it is: what goes into additionalModelRequestFields is the maker's. */
typedef enum llmc__bedrock_maker {
    LLMC__BEDROCK_OTHER = 0,
    LLMC__BEDROCK_ANTHROPIC,
    LLMC__BEDROCK_NOVA,
    LLMC__BEDROCK_OPENAI
} llmc__bedrock_maker;

/* From the model's id: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", also behind an inference profile's ARN. */
llmc__bedrock_maker llmc__bedrock_maker_of(const char *model);

/* The members `messages` and `system`, and `toolConfig`. */
void llmc__bedrock_messages(llmc__body *body);
void llmc__bedrock_tools(llmc__body *body);

/* The URL up to and with the model's id. */
llmc_status llmc__bedrock_url(llmc__body *body, const char *model);
/* The host that tells of models, where base_url is that of the one that runs them, and the path. */
llmc_status llmc__bedrock_url_control(llmc__body *body, const char *path);
llmc_status llmc__bedrock_headers(llmc__body *body);
llmc_status llmc__bedrock_encode(llmc__body *body);
llmc_status llmc__bedrock_sign(const llmc__target *target, llmc__http_request *request, int64_t wall_s,
                               llmc_error *error);

void llmc__bedrock_words_read(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out);
void llmc__bedrock_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                            const char *type_hint, llmc_error *error);
/* Those of an exception: its type, and the status it would have had as an answer of its own. payload may be NULL. */
void llmc__bedrock_words_exception(const char *type, const llmc__json_doc *payload, llmc__words *out);

/* A content block of the answer. All are kept to the end, since the answer may have to go back as it came. */
typedef enum llmc__bedrock_kind {
    LLMC__BEDROCK_TEXT = 0,
    LLMC__BEDROCK_TOOL_USE,
    LLMC__BEDROCK_REASONING,
    LLMC__BEDROCK_REDACTED,
    LLMC__BEDROCK_TOOL_RESULT, /* of a tool that ran at the provider's */
    LLMC__BEDROCK_WHOLE,       /* of a plain body: head is all of it */
    LLMC__BEDROCK_UNKNOWN
} llmc__bedrock_kind;

typedef struct llmc__bedrock_decoder {
    llmc__sink sink;
    llmc__eventstream frames;
    llmc__buf whole; /* a plain body where a stream was asked for */
    enum { LLMC__BEDROCK_MODE_UNKNOWN, LLMC__BEDROCK_MODE_FRAMES, LLMC__BEDROCK_MODE_BODY } mode;
    llmc__blocks blocks;           /* .head: of a call and of a result the object it started with */
    llmc__anthropic_answer claude; /* what an answer of InvokeModel is read by */
    bool reasoned;                 /* a block is reasoning: the answer has to go back as it came */
    bool stopped, done;            /* messageStop came; metadata came after it */
    llmc_finish_reason finish;
} llmc__bedrock_decoder;

extern const char llmc__bedrock_api[]; /* for messages: where base_url should lead to */

/* contentBlockStart, contentBlockDelta and contentBlockStop. */
void llmc__bedrock_block_start(llmc__bedrock_decoder *decoder, const llmc__json *root);
void llmc__bedrock_block_delta(llmc__bedrock_decoder *decoder, const llmc__json *root);
void llmc__bedrock_block_stop(llmc__bedrock_decoder *decoder, const llmc__json *root);
/* A block of a plain body. */
void llmc__bedrock_block_whole(llmc__bedrock_decoder *decoder, const llmc__json *item);
/* The end of the message, whose finish reason is known: ends the calls, and emits REPLAY where the API needs it. */
void llmc__bedrock_blocks_end(llmc__bedrock_decoder *decoder);
/* Emits REPLAY for a block that can go back. */
void llmc__bedrock_block_replay(llmc__bedrock_decoder *decoder, const llmc__block *block);

/* InvokeModel: requests for models named "invoke/ID", events "chunk" of a stream, and a plain body. */
bool llmc__bedrock_is_invoke(const char *model);
llmc_status llmc__bedrock_invoke_url(llmc__body *body); /* of any model, named so or not */
void llmc__bedrock_invoke_write(llmc__body *body);
void llmc__bedrock_chunk(llmc__bedrock_decoder *decoder, const llmc__json *root);
bool llmc__bedrock_is_claude(const llmc__json *root);
void llmc__bedrock_claude(llmc__bedrock_decoder *decoder, const llmc__json *root);

#endif
