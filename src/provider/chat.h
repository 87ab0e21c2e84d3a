/*
 * What the requests of Ollama and Cohere have in common with each other: tools in OpenAI's shape and messages whose
 * texts are joined. Over body.h.
 */
#ifndef LLMC_PROVIDER_CHAT_H
#define LLMC_PROVIDER_CHAT_H

#include "provider/body.h"

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

#endif
