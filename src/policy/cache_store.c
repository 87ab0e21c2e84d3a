#include "policy/cache_store.h"

bool llmc__cache_may_look(const llmc_request *request, const llmc__cache_rules *rules) {
    if (!rules->refuse_sampled)
        return true;
    return !(request->has_temperature && request->temperature > 0) && !(request->has_n && request->n > 1);
}

static bool good_finish(llmc_finish_reason finish, const llmc__cache_rules *rules) {
    return finish == LLMC_FINISH_STOP || finish == LLMC_FINISH_TOOL_CALLS ||
           (finish == LLMC_FINISH_LENGTH && rules->keep_length);
}

static bool good_choice(const llmc__choice *choice, const llmc__cache_rules *rules) {
    if (!good_finish(choice->finish, rules))
        return false;
    for (size_t i = 0; i < choice->tool_count; i++)
        if (!choice->tools[i].ended)
            return false;
    return choice->text.len > 0 || choice->refusal.len > 0 || choice->tool_count > 0;
}

bool llmc__cache_may_store(const llmc_response *response, const llmc__cache_rules *rules) {
    if (response->result != NULL)
        return response->status == LLMC_OK && response->error.status == LLMC_OK;
    if (response->status != LLMC_OK || response->error.status != LLMC_OK || !good_choice(&response->first, rules))
        return false;
    for (size_t i = 0; i < response->other_count; i++)
        if (!good_choice(&response->others[i], rules))
            return false;
    return true;
}
