#include "support_net.h"

static bool no_work(void *ctx) {
    (void)ctx;
    return false;
}

llmc__net_config rig_config(uint32_t max_connections, uint32_t max_keepalive) {
    llmc__net_config config = {0};
    config.max_connections = max_connections;
    config.max_keepalive = max_keepalive;
    config.user_agent = "rig/1";
    return config;
}

llmc_mock *rig_mock;

int rig_open_mock(void **state) {
    (void)state;
    return llmc_mock_new(&rig_mock) == LLMC_OK ? 0 : -1;
}

int rig_close_mock(void **state) {
    (void)state;
    llmc_mock_free(rig_mock);
    return 0;
}

void rig_aim(rig *r, uint64_t pool_id, const char *base_url, const char *ca_file) {
    llmc__buf_clear(&r->request.url);
    assert_int_equal(llmc__buf_append_str(&r->request.url, base_url), LLMC_OK);
    assert_int_equal(llmc__buf_append_str(&r->request.url, "/chat/completions"), LLMC_OK);
    r->origin =
        (llmc__net_origin){.pool_id = pool_id, .url = base_url, .ca_file = ca_file, .proxy = "", .no_proxy = ""};
}

void rig_open(rig *r, const char *base_url, llmc__net_config config) {
    *r = (rig){0};
    r->config = config;
    assert_int_equal(llmc__loop_new(no_work, NULL, &r->loop), LLMC_OK);
    assert_int_equal(llmc__net_new(r->loop, &r->config, &r->net), LLMC_OK);
    llmc__http_request_init(&r->request, 4u << 20);
    const char *body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello net\"}]}";
    assert_int_equal(llmc__buf_append_str(&r->request.body, body), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&r->request, "Content-Type", "application/json"), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&r->request, "Authorization", "Bearer x"), LLMC_OK);
    rig_aim(r, 1, base_url, NULL);
}

void rig_close(rig *r) {
    llmc__net_free(r->net);
    llmc__loop_free(r->loop);
    llmc__http_request_free(&r->request);
}

static int on_sending(void *ctx) {
    ((seen *)ctx)->sending++;
    return 0;
}

static int on_header(void *ctx, int http_status, const char *name, size_t name_len, const char *value,
                     size_t value_len) {
    seen *s = ctx;
    assert_true(http_status >= 200);
    if (name_len == 0) {
        s->heads++;
    } else {
        s->headers++;
        snprintf(s->last_header, sizeof s->last_header, "%.*s=%.*s", (int)name_len, name, (int)value_len, value);
    }
    return s->refuse_header;
}

static int on_data(void *ctx, int http_status, const char *bytes, size_t len) {
    seen *s = ctx;
    assert_true(http_status >= 200);
    size_t room = sizeof s->body - 1 - (s->body_len < sizeof s->body ? s->body_len : sizeof s->body - 1);
    memcpy(s->body + (sizeof s->body - 1 - room), bytes, len < room ? len : room);
    s->body_len += len;
    if (s->pause_data) {
        s->pause_data = false;
        llmc__net_pause(s->transfer);
    }
    return s->refuse_data;
}

static void on_done(void *ctx, const llmc__net_result *result) {
    seen *s = ctx;
    s->done++;
    s->result = *result;
    snprintf(s->detail, sizeof s->detail, "%s", result->detail);
    s->result.detail = s->detail;
}

static const llmc__transfer_ops ops = {on_sending, on_header, on_data, on_done};

llmc_status rig_start(rig *r, seen *s) {
    seen fresh = {
        .rig = r, .refuse_header = s->refuse_header, .refuse_data = s->refuse_data, .pause_data = s->pause_data};
    *s = fresh;
    return llmc__net_start(r->net, &r->origin, &r->request, &ops, s, &s->transfer);
}

void rig_turn_ms(rig *r, int ms) {
    int64_t end_us = llmc__clock_us() + (int64_t)ms * 1000;
    for (int64_t left = end_us - llmc__clock_us(); left > 0; left = end_us - llmc__clock_us()) {
        llmc__loop_turn(r->loop, (int)(left / 1000) + 1);
    }
}

void rig_wait(rig *r, const seen *s) {
    int64_t end_us = llmc__clock_us() + FLOW_DEADLINE_MS * 1000;
    while (s->done == 0 && llmc__clock_us() < end_us) {
        llmc__loop_turn(r->loop, 100);
    }
    assert_int_equal(s->done, 1);
}

llmc_status rig_run(rig *r, seen *s) {
    assert_int_equal(rig_start(r, s), LLMC_OK);
    rig_wait(r, s);
    return s->result.status;
}

static void start_more(rig *r);

static void driven_done(void *ctx, const llmc__net_result *result) {
    rig *r = ctx;
    r->running--;
    if (result->status == LLMC_OK && result->http_status == 200) {
        r->ok++;
    } else {
        r->failed++;
        printf("driven transfer failed: %d %s\n", (int)result->status, result->detail);
    }
    start_more(r);
}

static const llmc__transfer_ops driven_ops = {NULL, NULL, NULL, driven_done};

static void start_more(rig *r) {
    while (r->started < r->wanted && r->running < r->in_flight && llmc__net_has_room(r->net, &r->origin)) {
        llmc__transfer *transfer = NULL;
        assert_int_equal(llmc__net_start(r->net, &r->origin, &r->request, &driven_ops, r, &transfer), LLMC_OK);
        r->started++;
        r->running++;
    }
    llmc__net_set_backlog(r->net, r->wanted - r->started);
}

void rig_drive(rig *r, size_t count, size_t in_flight) {
    r->wanted = count;
    r->in_flight = in_flight;
    r->started = r->running = r->ok = r->failed = 0;
    int64_t end_us = llmc__clock_us() + 2 * FLOW_DEADLINE_MS * 1000;
    start_more(r);
    while (r->ok + r->failed < count && llmc__clock_us() < end_us) {
        llmc__loop_turn(r->loop, 100);
    }
    assert_int_equal(r->ok + r->failed, count);
}
