/* The form of the answer, and labels of the request. */
#include <string.h>
#include "api/argument.h"
#include "base/mem.h"
#include "model/error.h"
#include "model/request.h"

llmc_status llmc_request_set_json_mode(llmc_request *request, bool json) {
    if (request == NULL)
        return llmc__argument_null("request");
    request->json_mode = json;
    return LLMC_OK;
}

llmc_status llmc_request_set_json_schema(llmc_request *request, const char *name, const char *schema_json,
                                         bool strict) {
    llmc_status status = LLMC_OK;
    if (request == NULL)
        return llmc__argument_null("request");
    if (schema_json != NULL) {
        status = llmc__argument_check_name("name", name);
        if (status == LLMC_OK)
            status = llmc__argument_check_object("schema_json", schema_json);
    }
    if (status != LLMC_OK)
        return status;
    char *schema = llmc__mem_strdup(schema_json);
    if (schema_json != NULL && schema == NULL)
        return llmc__argument_no_memory("schema_json");
    status = llmc__argument_replace("name", &request->schema_name, schema_json != NULL ? name : NULL);
    if (status != LLMC_OK) {
        llmc__mem_free(schema);
        return status;
    }
    llmc__mem_free(request->schema);
    request->schema = schema;
    request->schema_strict = schema != NULL && strict;
    return LLMC_OK;
}

llmc_status llmc_request_set_service_tier(llmc_request *request, const char *service_tier) {
    if (request == NULL)
        return llmc__argument_null("request");
    llmc_status status = service_tier != NULL ? llmc__argument_check_text("service_tier", service_tier) : LLMC_OK;
    return status == LLMC_OK ? llmc__argument_replace("service_tier", &request->service_tier, service_tier) : status;
}

static llmc_status append_metadata(llmc_request *request, const char *key, const char *value) {
    llmc__header copy = {llmc__mem_strdup(key), llmc__mem_strdup(value)};
    llmc__header *pairs = llmc__mem_realloc(request->metadata, (request->metadata_count + 1) * sizeof *pairs);
    if (pairs != NULL)
        request->metadata = pairs;
    if (copy.name == NULL || copy.value == NULL || pairs == NULL) {
        llmc__mem_free(copy.name);
        llmc__mem_free(copy.value);
        return llmc__argument_no_memory("value");
    }
    pairs[request->metadata_count++] = copy;
    return LLMC_OK;
}

llmc_status llmc_request_add_metadata(llmc_request *request, const char *key, const char *value) {
    if (request == NULL)
        return llmc__argument_null("request");
    llmc_status status = llmc__argument_check_text("key", key);
    if (status != LLMC_OK)
        return status;
    if (value == NULL)
        return llmc__argument_null("value");
    status = llmc__argument_check_utf8("value", value, strlen(value));
    if (status != LLMC_OK)
        return status;
    for (size_t i = 0; i < request->metadata_count; i++)
        if (strcmp(request->metadata[i].name, key) == 0)
            return llmc__argument_replace("value", &request->metadata[i].value, value);
    return append_metadata(request, key, value);
}
