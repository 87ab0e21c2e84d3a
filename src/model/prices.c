#include "model/prices.h"

#include <string.h>
#include "base/str.h"
#include "base/thread.h"
#include "base/unpack.h"
#include "model/prices_data.h"

static unsigned char names[LLMC__PRICES_NAMES_SIZE], prices[LLMC__PRICES_PRICES_SIZE];
static double values[LLMC__PRICES_VALUES];

static void unpack(void) {
    unsigned char text[LLMC__PRICES_VALUES_SIZE];
    const char *at, *end;
    llmc__unpack(llmc__prices_data_names, names, sizeof names);
    llmc__unpack(llmc__prices_data_prices, prices, sizeof prices);
    llmc__unpack(llmc__prices_data_values, text, sizeof text);
    at = (const char *)text;
    end = at + sizeof text;
    for (size_t i = 0; i < LLMC__PRICES_VALUES; i++) {
        size_t len = (size_t)((const char *)memchr(at, ' ', (size_t)(end - at)) - at);
        (void)llmc__str_to_double(at, len, &values[i]);
        at += len + 1;
    }
}

const llmc__price_table *llmc__prices(void) {
    static const llmc__price_table table = {
        llmc__prices_data_providers, (const char *)names, prices, values, LLMC__PRICES_PROVIDERS,
    };
    static llmc__once once = LLMC__ONCE_INIT;
    llmc__once_run(&once, unpack);
    return &table;
}

const char *llmc__prices_date(void) {
    return llmc__prices_data_day;
}
