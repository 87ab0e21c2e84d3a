/* Prints the tables of docs/providers.md from the rows and adapters of the library itself. See providers.sh. */
#include <stdio.h>
#include <string.h>
#include "model/request.h"
#include "provider/provider.h"

#define MAX_ADAPTERS 32
#define FIELDS       32

static const llmc__provider *adapters[MAX_ADAPTERS];
static size_t adapter_count;

static void find_adapters(void) {
    const llmc__provider_row *row;
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++) {
        const llmc__provider *adapter =
            llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}));
        size_t k = 0;
        while (k < adapter_count && adapters[k] != adapter)
            k++;
        if (adapter != NULL && k == adapter_count && adapter_count < MAX_ADAPTERS)
            adapters[adapter_count++] = adapter;
    }
}

/* The bit's name; NULL when it is no field. */
static const char *name_of(uint32_t bit) {
    const char *name = llmc__field_name((llmc__field)bit);
    return name != NULL && name[0] != '\0' && strcmp(name, "?") != 0 ? name : NULL;
}

static void print_words(const char *first, const char *second) {
    if (first != NULL)
        printf("`%s`", first);
    if (second != NULL)
        printf("%s`%s`", first != NULL ? ", " : "", second);
}

static void print_fields(uint32_t fields) {
    const char *comma = "";
    for (unsigned i = 0; i < FIELDS; i++) {
        uint32_t bit = (uint32_t)1 << i;
        if ((fields & bit) == 0 || name_of(bit) == NULL)
            continue;
        printf("%s%s", comma, name_of(bit));
        comma = ", ";
    }
}

static void print_row(const llmc__provider_row *row) {
    const llmc__provider *adapter =
        llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}));
    printf("| `%s`", row->name);
    if (llmc__provider_row_word(row, LLMC__ROW_ALIAS, (llmc__row_text){0}) != NULL)
        printf(", `%s`", llmc__provider_row_word(row, LLMC__ROW_ALIAS, (llmc__row_text){0}));
    printf(" | %s | ", llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}));
    print_words(llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}),
                llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE_TOO, (llmc__row_text){0}));
    if (llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}) != NULL && !row->key_required)
        printf(" (optional)");
    printf(" | ");
    print_words(llmc__provider_row_word(row, LLMC__ROW_URL_VARIABLE, (llmc__row_text){0}),
                llmc__provider_row_word(row, LLMC__ROW_URL_VARIABLE_TOO, (llmc__row_text){0}));
    printf(" | %s | ", llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}));
    print_fields(adapter != NULL ? row->lacks & adapter->takes : 0);
    printf(" |\n");
}

static void print_providers(void) {
    const llmc__provider_row *row;
    printf(
        "| provider | adapter | key variable | URL variable | default URL | not taken |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++)
        print_row(row);
}

static void print_takes(void) {
    printf("| field |");
    for (size_t i = 0; i < adapter_count; i++)
        printf(" %s |", adapters[i]->name);
    printf("\n|---|");
    for (size_t i = 0; i < adapter_count; i++)
        printf("---|");
    printf("\n");
    for (unsigned k = 0; k < FIELDS; k++) {
        uint32_t bit = (uint32_t)1 << k;
        if (name_of(bit) == NULL)
            continue;
        printf("| %s |", name_of(bit));
        for (size_t i = 0; i < adapter_count; i++)
            printf(" %s |", (adapters[i]->takes & bit) != 0 ? "yes" : "");
        printf("\n");
    }
}

static const llmc__op operations[] = {LLMC__OP_CHAT, LLMC__OP_EMBED, LLMC__OP_RERANK, LLMC__OP_MODELS,
                                      LLMC__OP_COUNT_TOKENS};
#define OPERATIONS (sizeof operations / sizeof operations[0])

static void print_operations_row(const llmc__provider_row *row) {
    char name[64];
    const llmc__target target = {
        .name = name,
        .provider = llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0})),
        .row = row};
    (void)snprintf(name, sizeof name, "%s", row->name);
    printf("| `%s` |", row->name);
    for (size_t i = 0; i < OPERATIONS; i++) {
        bool serves = target.provider != NULL && llmc__provider_serves(&target, operations[i]);
        printf(" %s |", serves ? "yes" : operations[i] == LLMC__OP_COUNT_TOKENS ? "estimate" : "");
    }
    printf("\n");
}

static void print_operations(void) {
    const llmc__provider_row *row;
    printf("| provider |");
    for (size_t i = 0; i < OPERATIONS; i++)
        printf(" %s |", llmc__op_name(operations[i]));
    printf("\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++)
        print_operations_row(row);
}

int main(int argc, char **argv) {
    find_adapters();
    if (argc == 2 && strcmp(argv[1], "providers") == 0)
        print_providers();
    else if (argc == 2 && strcmp(argv[1], "fields") == 0)
        print_takes();
    else if (argc == 2 && strcmp(argv[1], "operations") == 0)
        print_operations();
    else
        return 2;
    return 0;
}
