#include "support_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *wire_dir(void) {
    static char dir[1024];
    char probe[1100];
    const char *set = getenv("LLMC_WIRE_DIR");
    if (set != NULL && set[0] != '\0')
        (void)snprintf(dir, sizeof dir, "%s", set);
    else
        (void)snprintf(dir, sizeof dir, "%s", LLMC_TEST_WIRE_DIR);
    (void)snprintf(probe, sizeof probe, "%s/manifest.json", dir);
    FILE *file = fopen(probe, "rb");
    if (file == NULL)
        return NULL;
    (void)fclose(file);
    return dir;
}

char *wire_read(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    char *text = NULL;
    (void)fseek(file, 0, SEEK_END);
    long size = ftell(file);
    (void)fseek(file, 0, SEEK_SET);
    if (size >= 0 && (text = malloc((size_t)size + 1)) != NULL) {
        *len = fread(text, 1, (size_t)size, file);
        text[*len] = '\0';
    }
    (void)fclose(file);
    return text;
}

static void take(const llmc__json_doc *doc, const llmc__json *item, const char *name, char *out, size_t size) {
    const char *text = llmc__json_string(doc, llmc__json_get(item, name), NULL);
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
}

static void read_case(const llmc__json_doc *doc, const llmc__json *item, wire_case *out) {
    char body[400];
    int64_t status = 0;
    take(doc, item, "case", out->name, sizeof out->name);
    take(doc, item, "provider", out->provider, sizeof out->provider);
    take(doc, item, "category", out->category, sizeof out->category);
    take(doc, item, "api", out->api, sizeof out->api);
    take(doc, item, "body", body, sizeof body);
    if (llmc__json_int64(doc, llmc__json_get(item, "status"), &status))
        out->http_status = (int)status;
    (void)snprintf(out->body_path, sizeof out->body_path, "%.100s/%s", wire_dir(), body);
    (void)snprintf(out->expect_path, sizeof out->expect_path, "%.100s/%s.expect.json", wire_dir(), out->name);
}

char *wire_header(const wire_case *one, const char *name) {
    char path[1100], value[512] = "";
    size_t len = 0;
    llmc__json_doc *doc = NULL;
    (void)snprintf(path, sizeof path, "%.500s/%s.meta.json", wire_dir(), one->name);
    char *text = wire_read(path, &len);
    if (text != NULL && llmc__json_parse(text, len, &doc, NULL) == LLMC_OK)
        take(doc, llmc__json_get(llmc__json_root(doc), "headers"), name, value, sizeof value);
    llmc__json_free(doc);
    free(text);
    return value[0] != '\0' ? strdup(value) : NULL;
}

wire_case *wire_cases(size_t *count) {
    char path[1100];
    size_t len = 0;
    llmc__json_doc *doc = NULL;
    wire_case *cases = NULL;
    (void)snprintf(path, sizeof path, "%s/manifest.json", wire_dir());
    char *text = wire_read(path, &len);
    if (text != NULL && llmc__json_parse(text, len, &doc, NULL) == LLMC_OK) {
        const llmc__json *root = llmc__json_root(doc);
        cases = calloc(llmc__json_count(root) + 1, sizeof *cases);
        *count = 0;
        for (const llmc__json *item = llmc__json_first(root); item != NULL; item = llmc__json_next(item))
            read_case(doc, item, &cases[(*count)++]);
    }
    llmc__json_free(doc);
    free(text);
    return cases;
}
