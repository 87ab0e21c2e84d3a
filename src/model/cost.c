#include "model/cost.h"

double llmc__cost_sum(const llmc__cost *cost) {
    return cost->input + cost->cache_read + cost->cache_write + cost->output + cost->reasoning + cost->audio +
           cost->request + cost->other + cost->lost;
}

/* Takes a part out of what is left of a whole, and no more than there is; -1 where either is not known. */
static int64_t take(int64_t *left, int64_t part) {
    if (part < 0 || *left < 0)
        return part < 0 ? -1 : part;
    if (part > *left)
        part = *left;
    *left -= part;
    return part;
}

void llmc__usage_split(const llmc__usage *usage, llmc_usage *out) {
    int64_t in = usage->tokens_in, answer = usage->tokens_out, cached = usage->cached, sound = usage->audio_in;
    *out = (llmc_usage)LLMC_USAGE_INIT;
    if (cached < usage->audio_cached)
        cached = usage->audio_cached;
    cached = take(&in, cached);
    out->cache_write = take(&in, usage->cache_write);
    out->cache_read_audio = take(&cached, usage->audio_cached);
    if (sound >= 0 && out->cache_read_audio > 0) /* the sound of the prompt counts what was cached of it, too */
        sound = sound > out->cache_read_audio ? sound - out->cache_read_audio : 0;
    out->cache_read = cached;
    out->input_audio = take(&in, sound);
    out->input = in;
    out->reasoning = take(&answer, usage->reasoning);
    out->output_audio = take(&answer, usage->audio_out);
    out->output = answer;
}
