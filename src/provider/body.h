/*
 * How every adapter writes a request: the frame around it (checks, URL, headers, body, what to say when it fails) and
 * the members of its body. The adapter fills a llmc__body_form, with which its `encode` calls llmc__body_encode. Pure.
 */
#ifndef LLMC_PROVIDER_BODY_H
#define LLMC_PROVIDER_BODY_H

#include "provider/provider.h"
#include "wire/json.h"
#include "wire/jsonw.h"

#define LLMC__BODY_ID_BYTES 16 /* most that map_id writes */

/* A request being written. Members that extra_json names are left to it. The first failure sticks in json.status. */
typedef struct llmc__body {
    /* Of llmc__body_encode. */
    llmc__jsonw json;
    const llmc__json *extra; /* the object of extra_json; NULL: none */
    uint32_t fields;         /* bits of llmc__field that are to be written */
    /* Of an adapter's encode: makes an id of the API's own form of a call's; NULL: ids go as they are. */
    void (*map_id)(const char *id, char *out);
    /* What is asked for, and where it goes. */
    bool stream;
    const llmc__target *target;
    const char *model;
    const llmc_request *request;
    llmc__http_request *out;
    llmc_error *error;
} llmc__body;

/* The whole of an adapter's encode; its `takes` decides with the row and the options which fields are written. */
llmc_status llmc__body_encode(llmc__body *body, const llmc__body_form *form);

bool llmc__body_wants(const llmc__body *body, llmc__field field);
/* Sets the error and sticks; what was refused or failed before stays. */
void llmc__body_refuse(llmc__body *body, llmc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes the member's name; false when extra_json has a member of that name, which then counts. */
bool llmc__body_open(llmc__body *body, const char *name);
void llmc__body_str(llmc__body *body, const char *name, const char *value); /* NULL: nothing */
void llmc__body_int(llmc__body *body, const char *name, bool has, int64_t value);
void llmc__body_bool(llmc__body *body, const char *name, bool has, bool value);
void llmc__body_raw(llmc__body *body, const char *name, const char *json); /* valid JSON; NULL: nothing */

/* The members of extra_json: the frame's work at the end of the body, unless a form does it where they belong. */
void llmc__body_extra(llmc__body *body);

/* A member of any object inside the body, where extra_json does not reach. */
void llmc__body_put_str(llmc__body *body, const char *name, const char *value); /* NULL: nothing */

/* A string value: the bytes in base64, or as "data:MIME;base64,...". */
void llmc__body_base64(llmc__body *body, const void *bytes, size_t len);
void llmc__body_data_url(llmc__body *body, const char *mime, const void *bytes, size_t len);

/* A string value, or an array of them: the texts of the request's input. */
void llmc__body_text(llmc__body *body, size_t index);
void llmc__body_texts(llmc__body *body);

/* base_url and then `path`; url_raw: and then the path of the request's input. */
llmc_status llmc__body_url(llmc__body *body, const char *path);
llmc_status llmc__body_url_raw(llmc__body *body);
/* Appends text percent-encoded, all but RFC 3986's unreserved characters: one segment of a path. */
llmc_status llmc__body_url_segment(llmc__body *body, const char *text);

/* A header, when the value is neither NULL nor "". */
llmc_status llmc__body_header(llmc__body *body, const char *name, const char *value);
/* The key or the token of the target behind `prefix` ("Bearer ", ""); nothing when there is none. */
llmc_status llmc__body_header_key(llmc__body *body, const char *name, const char *prefix);

#endif
