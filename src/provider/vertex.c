/*
 * Vertex AI: Gemini's body, or Claude's, at a project's own address:
 * {base_url}/projects/{project}/locations/{region}/publishers/google/models/{model}:generateContent
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference), or
 * .../publishers/anthropic/models/{model}:rawPredict (https://docs.claude.com/en/api/claude-on-vertex-ai). Google's own
 * address goes by region and version; a base_url that the user gives stands for all before /projects.
 */
#include "provider/vertex.h"

#include <stddef.h>
#include <string.h>
#include "base/str.h"
#include "provider/anthropic.h"
#include "provider/chat.h"
#include "provider/gemini.h"
#include "provider/percent.h"

#define GOOGLE "https://aiplatform.googleapis.com" /* the row's base_url, which is completed here */

static llmc_status refuse(llmc__body *body, const char *what, const char *must) {
    llmc__error_set(body->error, LLMC_ERR_INVALID_ARGUMENT,
                    "%s: provider \"%s\" needs %s; set it in llmc_provider_options", what, body->target->name, must);
    return LLMC_ERR_INVALID_ARGUMENT;
}

static const char *or_else(const char *text, const char *standard) {
    return text != NULL && text[0] != '\0' ? text : standard;
}

/* Both become part of the host's name or path: nothing may slip in that leads the token elsewhere. */
static bool is_plain(const char *text) {
    size_t len = strlen(text);
    return len <= 63 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static llmc_status write_host(llmc__body *body, const char *region) {
    const char *version = or_else(body->target->api_version, "v1");
    llmc__buf *url = &body->out->url;
    if (strcmp(body->target->base_url, GOOGLE) != 0)
        return llmc__body_url(body, "");
    if (!is_plain(version))
        return refuse(body, "api_version", "one of a-z and 0-9, such as v1");
    if (strcmp(region, "global") == 0)
        return llmc__buf_appendf(url, GOOGLE "/%s", version);
    /* https://cloud.google.com/vertex-ai/docs/general/locations: multi-regions have hosts of another form. */
    if (strcmp(region, "us") == 0 || strcmp(region, "eu") == 0)
        return llmc__buf_appendf(url, "https://aiplatform.%s.rep.googleapis.com/%s", region, version);
    return llmc__buf_appendf(url, "https://%s-aiplatform.googleapis.com/%s", region, version);
}

static llmc_status write_path(llmc__body *body, const char *text, const char *keep) {
    return llmc__percent_append(&body->out->url, text, strlen(text), keep);
}

/* ---- Gemini, and others that speak its API ---- */

/* Up to the models' makers. */
static llmc_status write_place(llmc__body *body) {
    const char *region = or_else(body->target->region, "global");
    const char *project = or_else(body->target->project, NULL);
    if (project == NULL)
        return refuse(body, "project", "the id of a Google Cloud project (or GOOGLE_CLOUD_PROJECT)");
    if (!is_plain(region))
        return refuse(body, "region", "a location such as us-central1 or global");
    llmc_status status = write_host(body, region);
    if (status == LLMC_OK)
        status = llmc__buf_append_str(&body->out->url, "/projects/");
    if (status == LLMC_OK)
        status = write_path(body, project, ":"); /* "example.com:project" */
    return status == LLMC_OK ? llmc__buf_appendf(&body->out->url, "/locations/%s/", region) : status;
}

/* The maker's place, the model, which keeps its characters of `keep`, and what is wanted of it. */
static llmc_status write_address(llmc__body *body, const char *maker, const char *model, const char *keep,
                                 const char *verb) {
    llmc_status status = write_place(body);
    if (status == LLMC_OK)
        status = llmc__buf_append_str(&body->out->url, maker);
    if (status == LLMC_OK)
        status = write_path(body, model, keep);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, verb) : status;
}

/* "endpoints/123" is a tuned model, "publishers/meta/models/..." one of another maker's that speaks this API. */
llmc_status llmc__vertex_url(llmc__body *body, const char *verb) {
    const char *model = body->model;
    bool whole = llmc__str_starts(model, "endpoints/") || llmc__str_starts(model, "publishers/");
    return write_address(body, whole ? "" : "publishers/google/models/", model, whole ? "/@" : "@", verb);
}

static llmc_status write_url(llmc__body *body) {
    return llmc__vertex_url(body, llmc__gemini_verb(body));
}

static void write_members(llmc__body *body) {
    llmc__gemini_write(body);
    llmc__chat_labels(body, "labels");
}

/* ---- Claude ---- */

#define ANTHROPIC "publishers/anthropic/models/"

static llmc_status write_claude_url(llmc__body *body) {
    const char *verb = body->stream ? ":streamRawPredict" : ":rawPredict";
    return write_address(body, ANTHROPIC, body->model, "@", verb); /* "claude-3-7-sonnet@20250219" */
}

static void write_claude(llmc__body *body) {
    static const llmc__anthropic_form form = {.version = "vertex-2023-10-16", .says_stream = true};
    llmc__anthropic_write(body, &form);
}

/* Claude's fields are not Gemini's: the target goes with another table. Its count of users is not ours to read. */
static llmc_status encode(llmc__body *body, const llmc__body_form *gemini, const llmc__body_form *claude) {
    static const llmc__provider claudes = {.name = "vertex",
                                           .takes = LLMC__ANTHROPIC_TAKES & ~(uint32_t)LLMC__FIELD_SERVICE_TIER};
    const size_t counted = offsetof(llmc__target, name);
    llmc__target own = {0};
    llmc__body claudes_body = *body;
    const char *bare = llmc__str_starts(body->model, ANTHROPIC) ? body->model + strlen(ANTHROPIC) : body->model;
    if (!llmc__str_starts(bare, "claude"))
        return llmc__body_encode(body, gemini);
    memcpy((char *)&own + counted, (const char *)body->target + counted, sizeof own - counted);
    own.provider = &claudes;
    claudes_body.target = &own;
    claudes_body.model = bare;
    return llmc__body_encode(&claudes_body, claude);
}

/* ---- counting: .../models/{model}:countTokens, .../publishers/anthropic/models/count-tokens:rawPredict ---- */

static llmc_status write_count_url(llmc__body *body) {
    return llmc__vertex_url(body, ":countTokens");
}

/* Which tool is to be called is no part of what is counted. */
static void write_counted(llmc__body *body) {
    body->fields &= ~(uint32_t)LLMC__FIELD_TOOL_CHOICE;
    llmc__gemini_write(body);
}

static llmc_status write_claude_count_url(llmc__body *body) {
    return write_address(body, ANTHROPIC, "count-tokens", "", ":rawPredict");
}

static void write_claude_counted(llmc__body *body) {
    static const llmc__anthropic_form form = {.version = "vertex-2023-10-16", .says_model = true, .counts = true};
    llmc__anthropic_write(body, &form);
}

llmc_status llmc__vertex_encode(llmc__body *body) {
    static const llmc__body_form chat = {"contents", write_url, llmc__chat_bearer, write_members};
    static const llmc__body_form chat_claude = {"messages", write_claude_url, llmc__chat_bearer, write_claude};
    static const llmc__body_form count = {"contents", write_count_url, llmc__chat_bearer, write_counted};
    static const llmc__body_form count_claude = {"messages", write_claude_count_url, llmc__chat_bearer,
                                                 write_claude_counted};
    if (body->request->op == LLMC__OP_COUNT_TOKENS)
        return encode(body, &count, &count_claude);
    return encode(body, &chat, &chat_claude);
}
