/* The form of the answer. */
#include "api/argument.h"
#include "base/mem.h"
#include "model/error.h"
#include "model/request.h"

llmc_status llmc_request_set_json_mode(llmc_request *request, bool json) {
    if (request == NULL)
        return llmc__argument_no_request();
    request->json_mode = json;
    return LLMC_OK;
}

llmc_status llmc_request_set_json_schema(llmc_request *request, const char *name, const char *schema_json,
                                         bool strict) {
    llmc_status status = LLMC_OK;
    if (request == NULL)
        return llmc__argument_no_request();
    if (schema_json != NULL)
        status = llmc__argument_check_tool(name, NULL, schema_json);
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
