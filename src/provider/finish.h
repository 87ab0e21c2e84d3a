/* Why a model stopped, in the words of all APIs: what one says of it none of the others means otherwise. */
#ifndef LLMC_PROVIDER_FINISH_H
#define LLMC_PROVIDER_FINISH_H

#include "llmclient.h"

/* OTHER for a word that is not known. Case does not count. */
llmc_finish_reason llmc__finish_class(const char *word);

#endif
