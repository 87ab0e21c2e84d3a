/* Tokens of a request counted by its provider. Other APIs have no such endpoint; there they are estimated. */
#ifndef LLMC_PROVIDER_COUNT_H
#define LLMC_PROVIDER_COUNT_H

#include "provider/provider.h"

extern const llmc__operation llmc__count_anthropic;
extern const llmc__operation llmc__count_gemini;
extern const llmc__operation llmc__count_vertex; /* of Gemini and of Claude */

#endif
