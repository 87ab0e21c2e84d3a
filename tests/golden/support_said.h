/*
 * Recorded requests of OpenAI's two APIs, said again through the setters and written by the adapter: the same body must
 * come out. Beside what support_rebuild.h takes for equal: a tool that is not strict and one that says nothing of it,
 * the two names of max_tokens, stream_options (always sent here), and `input` or content as a text or as a
 * list of that one.
 */
#ifndef LLMC_TEST_SUPPORT_SAID_H
#define LLMC_TEST_SUPPORT_SAID_H

#include "provider/provider.h"
#include "support_wire.h"
#include "wire/json.h"

/* Which setters say a member of the body; false when none can: it goes through extra_json. */
typedef bool (*said_member_fn)(const llmc__json *member);

typedef struct said_api {
    const llmc__provider *adapter;
    const char *api; /* of the manifest */
    said_member_fn say;
} said_api;

/* All recorded requests of the API, at OpenAI or elsewhere. Answers how many were compared; fails when one differs. */
size_t said_all(const said_api *api);
/* One body; whether the same came out. */
bool said_same(const said_api *api, const char *name, const char *text, bool at_openai);

/* Whether two bodies are equal in the sense above. */
bool said_equal(const char *got, const char *want);

/* For the said_member_fn: the request that is built, and readers of the recorded one. */
extern llmc_request *said_request;
extern const llmc__json_doc *said_doc;
extern bool said_at_openai; /* whether it goes there, as "openai"; else to "other" */
const char *said_text(const llmc__json *object, const char *name); /* NULL: no string there */
bool said_is(const char *a, const char *b);                        /* either may be NULL */
void said_ok(llmc_status status);
llmc__buf said_print(const llmc__json *value); /* free with llmc__buf_free */
llmc_role said_role(const char *word);
bool said_number(const llmc__json *member); /* sampling and lengths, of both APIs */
bool said_label(const llmc__json *member);  /* user, service_tier, metadata, parallel_tool_calls, stream, model */
bool said_choice(const llmc__json *member);
/* {"name","description","parameters","strict"}; false: it has more. */
bool said_tool(const llmc__json *function);
/* {"name","schema","strict"}, or json_object. */
bool said_format(const llmc__json *format, const llmc__json *schema);
/* An image by its URL or its data; false when the recording left them out. */
bool said_image(const char *url);

#endif
