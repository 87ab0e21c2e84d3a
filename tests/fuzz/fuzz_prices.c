/* Files of prices: what is read can be asked for every model it names, at any length and moment. */
#include <stdint.h>
#include <stdlib.h>
#include "provider/price_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const llmc__price_table *table, uint32_t provider, const char *model) {
    uint32_t prices = llmc__price_model_find(table, provider, model);
    llmc_price price;
    if (prices == LLMC__PRICE_NONE)
        return;
    for (int64_t tokens = 0; tokens < 1000000; tokens = tokens * 10 + 9) {
        llmc__price_read(table, prices, tokens, tokens * 86399, &price);
        if (price.input_mtok_usd > 1e9 || price.request_usd > 1e6)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    llmc__price_file *file = NULL;
    llmc_error error;
    llmc__error_init(&error);
    if (llmc__price_reader_read((const char *)data, size, &file, &error) == LLMC_OK) {
        for (uint32_t i = 0; i < file->table.provider_count; i++) {
            ask(&file->table, i, "");
            ask(&file->table, i, "m");
            ask(&file->table, i, "gpt-4.1-mini-20260101");
        }
        (void)llmc__price_provider_find(&file->table, "openai", "https://api.openai.com/v1");
    } else if (!error.message) {
        abort();
    }
    llmc__error_clear(&error);
    llmc__price_file_free(file);
    return 0;
}
