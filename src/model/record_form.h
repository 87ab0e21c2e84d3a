/* What the writer and the reader of records share. */
#ifndef LLMC_MODEL_RECORD_FORM_H
#define LLMC_MODEL_RECORD_FORM_H

#include "model/record.h"

#define LLMC__RECORD_MAGIC   "LLMCrec" /* 7 bytes; the eighth is the version */
#define LLMC__RECORD_VERSION 1

/* The hash of a record's version, length and content for that key; len is at least LLMC__RECORD_HEAD. */
void llmc__record_hash(const char *record, size_t len, const llmc__record_key *key, uint8_t out[16]);

#endif
