#include "model/target.h"

#include "base/mem.h"

llmc__target *llmc__target_new(void) {
    llmc__target *target = llmc__mem_calloc(1, sizeof *target);
    if (target != NULL)
        atomic_init(&target->refs, 1);
    return target;
}

llmc__target *llmc__target_ref(llmc__target *target) {
    if (target != NULL)
        atomic_fetch_add_explicit(&target->refs, 1, memory_order_relaxed);
    return target;
}

void llmc__target_unref(llmc__target *target) {
    if (target == NULL || atomic_fetch_sub_explicit(&target->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < target->header_count; i++) {
        llmc__mem_free(target->headers[i].name);
        llmc__mem_free_secret(target->headers[i].value); /* may be a key too */
    }
    llmc__mem_free(target->headers);
    llmc__mem_free_secret(target->api_key);
    llmc__mem_free(target->region);
    llmc__mem_free(target->api_version);
    llmc__mem_free(target->access_key_id);
    llmc__mem_free_secret(target->secret_access_key);
    llmc__mem_free_secret(target->session_token);
    llmc__target_unref(target->next_key);
    llmc__mem_free(target->name);
    llmc__mem_free(target->key_variable);
    llmc__mem_free(target->base_url);
    llmc__mem_free(target->bad_key_variable);
    llmc__mem_free(target->bad_url_variable);
    llmc__mem_free(target->organization);
    llmc__mem_free(target->project);
    llmc__mem_free(target->ca_file);
    llmc__mem_free(target->proxy);
    llmc__mem_free(target->priced_as);
    llmc__mem_free(target->no_proxy);
    llmc__mem_free(target);
}
