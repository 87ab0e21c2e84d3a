/*
 * What adapters have in common beyond body.h: fields that are refused, tools in OpenAI's shape, messages whose texts
 * are joined; and answers that are read into a sink, over the decoder of openai.h.
 */
#ifndef LLMC_PROVIDER_CHAT_H
#define LLMC_PROVIDER_CHAT_H

#include "provider/openai.h"
#include "provider/sink.h"

/* Whether one of the fields is to be written, as that member, whose name is then written. */
bool llmc__chat_opens(llmc__body *body, uint32_t fields, const char *name);
/* As llmc__provider_refuse; nothing where drop_unsupported is set. */
void llmc__chat_refuse(llmc__body *body, const char *what, const char *why);

/* The system or the developer, who speaks as the system. */
bool llmc__chat_is_system(const llmc__message *message);
const char *llmc__chat_role(llmc_role role);

/* headers of llmc__body_form: a bearer token, where there is one. */
llmc_status llmc__chat_bearer(llmc__body *body);

/* The member "tools": [{"type":"function","function":{name,description,parameters}}]; nothing without any. */
void llmc__chat_tools(llmc__body *body);

typedef void (*llmc__chat_part_fn)(llmc__body *body, const llmc__part *part);
typedef void (*llmc__chat_message_fn)(llmc__body *body, const llmc__message *message);
/* Each part of that kind. */
void llmc__chat_each(llmc__body *body, const llmc__message *message, llmc__part_kind kind, llmc__chat_part_fn write);
/* The member "messages": results of tools, which are messages of their own, and then each message that has more. */
void llmc__chat_messages(llmc__body *body, llmc__chat_part_fn write_result, llmc__chat_message_fn write);

/* The metadata, as an object under that name. */
void llmc__chat_labels(llmc__body *body, const char *name);

/* How many parts of that kind the message has. */
size_t llmc__chat_count(const llmc__message *message, llmc__part_kind kind);

/* A string value: the texts of the message one behind the other. */
void llmc__chat_texts(llmc__body *body, const llmc__message *message);

/* The arguments of a call as an object, whatever JSON they are: {} for all but objects. */
const char *llmc__chat_arguments(const llmc__part *call);

/* Emits USAGE, unless neither tokens in nor out are known. */
void llmc__chat_usage(llmc__sink *sink, const llmc_event *usage);
/* The root's error; the same when it has one. */
void llmc__chat_fail(llmc__sink *sink, const llmc__json *root);
bool llmc__chat_fails(llmc__sink *sink, const llmc__json *root);

#endif
