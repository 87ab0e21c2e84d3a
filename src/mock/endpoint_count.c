/* Token counts: as many as the script says, else the words of the messages. */
#include "mock/endpoint.h"

static void put_count(llmc__mock_answer *answer, const char *format) {
    if (!answer->ask.is_object) {
        static const char text[] = "We could not parse the JSON body of your request.";
        llmc__mock_body_error(answer, 400, (llmc__mock_span){text, sizeof text - 1});
        return;
    }
    llmc__mock_write(answer, answer->body, format, llmc__mock_say_tokens(answer).in);
}

void llmc__mock_count_anthropic(llmc__mock_answer *answer) {
    put_count(answer, "{\"input_tokens\":%d}");
}

void llmc__mock_count_gemini(llmc__mock_answer *answer) {
    put_count(answer, "{\"totalTokens\":%d,\"promptTokensDetails\":[]}");
}
