/* What a request asks for against what its provider takes. */
#include "provider/body.h"

/* The lowest bit that is set. */
static llmc__field first_of(uint32_t fields) {
    return (llmc__field)(fields & (~fields + 1));
}

bool llmc__provider_serves(const llmc__target *target, llmc__op op) {
    bool lacks = target->row != NULL && (target->row->lacks_operations & 1u << (unsigned)op) != 0;
    return !lacks && (op == LLMC__OP_CHAT || target->provider->operations[op] != NULL);
}

const llmc__operation *llmc__provider_operation(const llmc__target *target, llmc__op op, llmc_error *error) {
    if (llmc__provider_serves(target, op))
        return target->provider->operations[op];
    llmc__error_set(error, LLMC_ERR_UNSUPPORTED, "%s: provider \"%s\" does not serve them; take another's",
                    llmc__op_name(op), target->name);
    return NULL;
}

llmc_status llmc__provider_encode(const llmc__target *target, const char *model, const llmc_request *request,
                                  bool stream, llmc__http_request *out, llmc_error *error) {
    llmc__body body = {
        .target = target, .model = model, .request = request, .stream = stream, .out = out, .error = error};
    if (request->op == LLMC__OP_CHAT && llmc__provider_serves(target, request->op))
        return target->provider->encode(&body);
    const llmc__operation *operation = llmc__provider_operation(target, request->op, error);
    if (operation == NULL)
        return LLMC_ERR_UNSUPPORTED;
    return operation->form.url != NULL ? llmc__body_encode(&body, &operation->form) : target->provider->encode(&body);
}

llmc_status llmc__provider_refuse(const llmc__target *target, const char *what, const char *why, llmc_error *error) {
    llmc__error_set(error, LLMC_ERR_UNSUPPORTED,
                    "%s: provider \"%s\" %s; leave it out, or set drop_unsupported in the client's options", what,
                    target->name, why);
    return LLMC_ERR_UNSUPPORTED;
}

llmc_status llmc__provider_fields(const llmc__target *target, const llmc_request *request, uint32_t *fields,
                                  llmc_error *error) {
    uint32_t lacks = target->row != NULL ? target->row->lacks : 0;
    uint32_t takes = target->provider->takes & ~lacks;
    uint32_t wanted = llmc__request_fields(request);
    uint32_t beyond = wanted & ~takes & ~(uint32_t)LLMC__FIELD_CACHE_MARK;
    *fields = wanted & takes;
    if (beyond == 0 || target->drop_unsupported)
        return LLMC_OK;
    return llmc__provider_refuse(target, llmc__field_name(first_of(beyond)), "does not take it", error);
}
