/* What Bedrock says of an error: in an answer's body and header, and in an exception of a stream. */
#include <string.h>
#include "base/str.h"
#include "provider/answer.h"
#include "provider/bedrock.h"
#include "provider/pairs.h"

/*
 * An error body is {"message": ...}, its type in a header; AWS's front end says {"Message": ...}, and
 * {"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},...} for a path it does not know.
 */
void llmc__bedrock_words_read(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out) {
    memset(out, 0, sizeof *out);
    for (const char *name = "message\0Message\0originalMessage\0"; *name != '\0'; name = llmc__pairs_next(name))
        if (out->message == NULL)
            out->message = llmc__json_word(root, name); /* the last is modelStreamErrorException's */
    if (out->message == NULL)
        out->message = llmc__json_string(doc, root, NULL);
    out->type = llmc__json_word(root, "__type");
    if (out->type == NULL)
        out->type = llmc__json_word(llmc__json_get(root, "Output"), "__type");
    const char *service_end = out->type != NULL ? strrchr(out->type, '#') : NULL;
    if (service_end != NULL)
        out->type = service_end + 1;
}

/* https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html and ..._Converse.html
 */
void llmc__bedrock_words_exception(const char *type, const llmc__json_doc *payload, llmc__words *out) {
    static const struct {
        char type[28];
        uint16_t http_status;
    } exceptions[] = {
        {"throttlingException", 429},         {"modelStreamErrorException", 424}, {"internalServerException", 500},
        {"serviceUnavailableException", 503}, {"validationException", 400},       {"modelTimeoutException", 408},
        {"modelNotReadyException", 429},      {"modelErrorException", 424},       {"accessDeniedException", 403},
        {"resourceNotFoundException", 404},   {"UnknownOperationException", 404}, {"expiredTokenException", 403},
    };
    memset(out, 0, sizeof *out);
    if (payload != NULL)
        llmc__bedrock_words_read(payload, llmc__json_root(payload), out);
    if (type != NULL && type[0] != '\0')
        out->type = type;
    for (size_t i = 0; out->type != NULL && i < sizeof exceptions / sizeof exceptions[0]; i++)
        if (llmc__str_ieq(out->type, exceptions[i].type))
            out->http_status = exceptions[i].http_status;
}

/* Where a signature was refused, the key to check is not the one of the bearer's variable. */
void llmc__bedrock_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                            const char *type_hint, llmc_error *error) {
    static char signing[] = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and this machine's clock";
    llmc__target signer = {.key_variable = signing};
    bool bearer = target == NULL || target->token != NULL || (target->api_key != NULL && target->api_key[0] != '\0');
    if (!bearer) {
        signer.name = target->name;
        signer.secret_access_key = target->secret_access_key;
        signer.session_token = target->session_token;
    }
    llmc__classify_body(bearer ? target : &signer, http_status, body, len, type_hint, llmc__bedrock_words_read, error);
}
