#include "mock/inner.h"

#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

static void free_record(llmc__mock_record *record) {
    llmc__mem_free(record); /* its texts stand behind it in the same block */
}

static char *put_copy(char **at, llmc__mock_span span) {
    char *copy = *at;
    if (span.len > 0) {
        memcpy(copy, span.data, span.len);
    }
    copy[span.len] = '\0';
    *at += span.len + 1;
    return copy;
}

/* "Name: value\r\n..." becomes "Name\0value\0...\0"; never longer than what it was made from, but for the last NUL. */
static void put_names(char *at, llmc__mock_span lines) {
    const char *p = lines.data;
    const char *end = lines.data + lines.len;
    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        const char *stop = line_end == NULL ? end : line_end;
        const char *colon = memchr(p, ':', (size_t)(stop - p));
        if (colon != NULL && colon > p) {
            const char *value = colon + 1;
            (void)put_copy(&at, (llmc__mock_span){p, (size_t)(colon - p)});
            while (value < stop && (*value == ' ' || *value == '\t')) {
                value++;
            }
            while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r')) {
                stop--;
            }
            (void)put_copy(&at, (llmc__mock_span){value, (size_t)(stop - value)});
        }
        p = line_end == NULL ? end : line_end + 1;
    }
    *at = '\0';
}

static llmc__mock_record *new_record(const llmc__mock_asked *asked, size_t bytes) {
    llmc__mock_record *record = llmc__mem_alloc(bytes);
    if (record == NULL) {
        return NULL;
    }
    char *at = (char *)(record + 1);
    memset(record, 0, sizeof *record);
    record->bytes = bytes;
    record->seen.method = put_copy(&at, asked->method);
    record->seen.path = put_copy(&at, asked->path);
    record->seen.headers = put_copy(&at, asked->headers);
    record->seen.body = put_copy(&at, asked->body);
    record->seen.body_len = asked->body.len;
    record->names = at;
    put_names(at, asked->headers);
    return record;
}

void llmc__mock_record_add_locked(llmc_mock *mock, const llmc__mock_asked *asked, uint64_t connection, bool streamed) {
    size_t bytes =
        sizeof(llmc__mock_record) + asked->method.len + asked->path.len + 2 * asked->headers.len + asked->body.len + 8;
    if (!mock->shared.recording || mock->shared.record_bytes + bytes > LLMC__MOCK_MAX_RECORDED) {
        return;
    }
    if (mock->shared.record_count == mock->shared.record_cap) {
        size_t cap = mock->shared.record_cap == 0 ? 16 : mock->shared.record_cap * 2;
        llmc__mock_record **more = llmc__mem_realloc(mock->shared.records, cap * sizeof *more);
        if (more == NULL) {
            return;
        }
        mock->shared.records = more;
        mock->shared.record_cap = cap;
    }
    llmc__mock_record *record = new_record(asked, bytes);
    if (record == NULL) {
        return;
    }
    record->seen.connection = connection;
    record->seen.streamed = streamed;
    record->seen.at_us = llmc__clock_us();
    mock->shared.records[mock->shared.record_count++] = record;
    mock->shared.record_bytes += bytes;
}

void llmc__mock_record_clear_locked(llmc_mock *mock) {
    for (size_t i = 0; i < mock->shared.record_count; i++) {
        free_record(mock->shared.records[i]);
    }
    llmc__mem_free(mock->shared.records);
    mock->shared.records = NULL;
    mock->shared.record_count = 0;
    mock->shared.record_cap = 0;
    mock->shared.record_bytes = 0;
}

void llmc_mock_set_recording(llmc_mock *mock, bool on) {
    if (mock == NULL) {
        return;
    }
    llmc__mutex_lock(&mock->mutex);
    mock->shared.recording = on;
    llmc__mutex_unlock(&mock->mutex);
}

size_t llmc_mock_request_count(llmc_mock *mock) {
    if (mock == NULL) {
        return 0;
    }
    llmc__mutex_lock(&mock->mutex);
    size_t count = mock->shared.record_count;
    llmc__mutex_unlock(&mock->mutex);
    return count;
}

/* The record lives on after the mutex is let go: only clear and free end it. */
static const llmc__mock_record *record_at(llmc_mock *mock, size_t index) {
    const llmc__mock_record *record = NULL;
    llmc__mutex_lock(&mock->mutex);
    if (index < mock->shared.record_count) {
        record = mock->shared.records[index];
    }
    llmc__mutex_unlock(&mock->mutex);
    return record;
}

bool llmc_mock_request_at(llmc_mock *mock, size_t index, llmc_mock_request *out) {
    const llmc__mock_record *record = mock == NULL || out == NULL ? NULL : record_at(mock, index);
    if (record == NULL) {
        return false;
    }
    *out = record->seen;
    return true;
}

const char *llmc_mock_request_header(llmc_mock *mock, size_t index, const char *name) {
    const llmc__mock_record *record = mock == NULL || name == NULL ? NULL : record_at(mock, index);
    if (record == NULL) {
        return "";
    }
    for (const char *p = record->names; *p != '\0';) {
        const char *value = p + strlen(p) + 1;
        if (llmc__str_ieq(p, name)) {
            return value;
        }
        p = value + strlen(value) + 1;
    }
    return "";
}

void llmc_mock_clear_requests(llmc_mock *mock) {
    if (mock == NULL) {
        return;
    }
    llmc__mutex_lock(&mock->mutex);
    llmc__mock_record_clear_locked(mock);
    llmc__mutex_unlock(&mock->mutex);
}
