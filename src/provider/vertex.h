/* The adapter of Vertex AI, inside: it speaks gemini.h's API, and for Claude Anthropic's (anthropic.h). */
#ifndef LLMC_PROVIDER_VERTEX_H
#define LLMC_PROVIDER_VERTEX_H

#include "provider/body.h"

/* Of chats, and to have their tokens counted. */
llmc_status llmc__vertex_encode(llmc__body *body);

/* The address of a model of Google's, with the verb behind it. */
llmc_status llmc__vertex_url(llmc__body *body, const char *verb);

#endif
