/* LLMC__OP_RAW of each API that has it. */
#ifndef LLMC_PROVIDER_RAW_H
#define LLMC_PROVIDER_RAW_H

#include "provider/provider.h"

extern const llmc__operation llmc__raw_openai;
extern const llmc__operation llmc__raw_anthropic;

#endif
