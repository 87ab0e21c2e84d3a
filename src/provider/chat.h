/*
 * What Ollama and Cohere have in common with each other: tools in OpenAI's shape and messages whose texts are joined,
 * over body.h; and answers that are read into a sink, over the decoder of openai.h.
 */
#ifndef LLMC_PROVIDER_CHAT_H
#define LLMC_PROVIDER_CHAT_H

#include "provider/openai.h"
#include "provider/sink.h"

/* A developer speaks as the system. */
const char *llmc__chat_role(llmc_role role);

/* headers of llmc__body_form: a bearer token, where there is one. */
llmc_status llmc__chat_bearer(llmc__body *body);

/* The member "tools": [{"type":"function","function":{name,description,parameters}}]; nothing without any. */
void llmc__chat_tools(llmc__body *body);

/* How many parts of that kind the message has. */
size_t llmc__chat_count(const llmc__message *message, llmc__part_kind kind);

/* A string value: the texts of the message one behind the other. */
void llmc__chat_texts(llmc__body *body, const llmc__message *message);

/* The arguments of a call as an object, whatever JSON they are: {} for all but objects. */
const char *llmc__chat_arguments(const llmc__part *call);

/* A sink whose events go on through the decoder, for the document that it reads. */
void llmc__chat_sink(llmc__openai_decoder *decoder, const llmc__json_doc *doc, llmc__sink *out);
/* The string member as an event; none where it is absent or empty. */
void llmc__chat_say(llmc__sink *sink, llmc_event_kind kind, const llmc__json *object, const char *name);
/* Emits USAGE, unless neither tokens in nor out are known. */
void llmc__chat_usage(llmc__sink *sink, const llmc_event *usage);
/* The root's error when it has one. */
bool llmc__chat_fails(llmc__sink *sink, const llmc__json *root);

#endif
