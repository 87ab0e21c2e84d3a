#include "provider/finish.h"

#include "base/str.h"
#include "provider/pairs.h"

/* The words of each reason in the order of llmc_finish_reason, STOP first; another NUL ends those of one. */
static const char words[] = "stop\0"
                            "stop_sequence\0"
                            "end_turn\0"
                            "complete\0" /* Cohere */
                            "eos\0"      /* Together, older models */
                            "eos_token\0"
                            "\0"
                            "length\0"
                            "max_tokens\0"
                            "max_output_tokens\0"
                            "model_length\0" /* Mistral */
                            "model_context_window_exceeded\0"
                            "\0"
                            "tool_calls\0"
                            "tool_call\0"
                            "tool_use\0"
                            "function_call\0" /* before there were tools */
                            "\0"
                            "content_filter\0"
                            "content_filtered\0"
                            "guardrail_intervened\0"
                            "refusal\0" /* Claude's own, which others pass on */
                            "error_toxic\0"
                            /* https://ai.google.dev/api/generate-content#FinishReason; MODEL_ARMOR is Vertex AI's. */
                            "safety\0"
                            "recitation\0"
                            "blocklist\0"
                            "prohibited_content\0"
                            "spii\0"
                            "model_armor\0"
                            "image_safety\0"
                            "image_prohibited_content\0"
                            "image_recitation\0"
                            "\0"
                            "pause_turn\0"
                            "\0"
                            "error\0"
                            "timeout\0"
                            "malformed_model_output\0"
                            "malformed_tool_use\0"
                            "insufficient_system_resource\0" /* DeepSeek */
                            "\0";

llmc_finish_reason llmc__finish_class(const char *word) {
    unsigned finish = LLMC_FINISH_STOP;
    for (const char *at = words; finish < LLMC_FINISH_OTHER; at = llmc__pairs_next(at)) {
        if (*at == '\0')
            finish++;
        else if (llmc__str_ieq(word, at))
            break;
    }
    return (llmc_finish_reason)finish;
}
