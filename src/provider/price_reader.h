/* Reads a file in the published genai-prices format (https://github.com/pydantic/genai-prices). */
#ifndef LLMC_PROVIDER_PRICE_READER_H
#define LLMC_PROVIDER_PRICE_READER_H

#include "model/error.h"
#include "model/price_file.h"

/*
 * *out is to be freed with llmc__price_file_free. What the format has beside prices and names is passed over; what it
 * cannot be read by is refused, as a price left out would be one that is wrong. LLMC_OK, INVALID_JSON, TOO_LARGE,
 * NO_MEMORY with `error` set, which names provider and model; *out is NULL then.
 */
llmc_status llmc__price_reader_read(const char *json, size_t len, llmc__price_file **out, llmc_error *error);

#endif
