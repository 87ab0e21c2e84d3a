#include "support_oom.h"

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_LSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LSAN 1
#endif
#endif
#ifdef HAS_LSAN
#include <sanitizer/lsan_interface.h>
#endif
#include <unistd.h>

/* ---- the gate ---- */

static atomic_bool armed, lasting, struck;
static atomic_size_t asked, victim;

/* Set once and for all, in oom_arm's first call: only atomics change afterwards, from any thread. */
static int gate(void *ctx) {
    size_t number;
    (void)ctx;
    if (!atomic_load(&armed))
        return 1;
    number = atomic_fetch_add(&asked, 1);
    if (number != atomic_load(&victim) && !(atomic_load(&lasting) && number > atomic_load(&victim)))
        return 1;
    atomic_store(&struck, true);
    return 0;
}

void oom_gate(bool on) {
    llmc__mem_set_gate(on ? gate : NULL, NULL);
}

void oom_arm(size_t at, bool for_ever) {
    atomic_store(&asked, 0);
    atomic_store(&victim, at);
    atomic_store(&lasting, for_ever);
    atomic_store(&struck, false);
    atomic_store(&armed, true);
}

void oom_disarm(void) {
    atomic_store(&armed, false);
}

void oom_pause(bool paused) {
    atomic_store(&armed, !paused);
}

llmc_request *oom_request(oom_server server) {
    bool was_armed = atomic_exchange(&armed, false);
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new(oom_model(server), &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, OOM_TEXT), LLMC_OK);
    atomic_store(&armed, was_armed);
    return request;
}

bool oom_struck(void) {
    return atomic_load(&struck);
}

/* ---- tallies ---- */

void oom_tally_init(oom_tally *tally) {
    memset(tally, 0, sizeof(*tally));
    assert_int_equal(llmc__mutex_init(&tally->lock), LLMC_OK);
    assert_int_equal(llmc__cond_init(&tally->changed), LLMC_OK);
}

void oom_tally_destroy(oom_tally *tally) {
    llmc__cond_destroy(&tally->changed);
    llmc__mutex_destroy(&tally->lock);
}

static void count(oom_tally *tally, int *slot, llmc_status status) {
    llmc__mutex_lock(&tally->lock);
    ++*slot;
    tally->status = status;
    llmc__cond_broadcast(&tally->changed);
    llmc__mutex_unlock(&tally->lock);
}

void oom_on_done(llmc_call *call, llmc_response *response, void *tally) {
    (void)call;
    count(tally, &((oom_tally *)tally)->done, llmc_response_status(response));
}

int oom_on_event(llmc_call *call, const llmc_event *event, void *tally) {
    (void)call;
    if (llmc_event_type(event) != LLMC_EVENT_FINISH)
        count(tally, &((oom_tally *)tally)->events, LLMC_OK);
    return 0;
}

void oom_on_item(llmc_batch *batch, size_t index, llmc_response *response, void *tally) {
    (void)batch;
    (void)index;
    count(tally, &((oom_tally *)tally)->items, llmc_response_status(response));
}

void oom_on_batch_done(llmc_batch *batch, llmc_status status, void *tally) {
    (void)batch;
    count(tally, &((oom_tally *)tally)->done, status);
}

static void wait_for(oom_tally *tally, bool events_too) {
    int64_t due = llmc__clock_us() + OOM_DEADLINE_MS * 1000;
    bool in_time = true;
    llmc__mutex_lock(&tally->lock);
    while (in_time && tally->done == 0 && !(events_too && tally->events > 0))
        in_time = llmc__cond_wait_until(&tally->changed, &tally->lock, due);
    llmc__mutex_unlock(&tally->lock);
    assert_true(in_time);
}

void oom_tally_wait_news(oom_tally *tally) {
    wait_for(tally, true);
}

void oom_tally_wait_done(oom_tally *tally) {
    wait_for(tally, false);
}

/* ---- clients and requests ---- */

llmc_client_options oom_options(uint32_t io_threads) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    options.ignore_environment = true;
    options.max_retries = -1;
    options.io_threads = io_threads;
    options.timeout_ms = OOM_DEADLINE_MS / 2; /* a call that hangs ends with a status no trial may end with */
    return options;
}

llmc_client *oom_client(uint32_t io_threads) {
    llmc_client_options options = oom_options(io_threads);
    return oom_client_of(&options);
}

llmc_client *oom_client_of(const llmc_client_options *options) {
    llmc_client *client = NULL;
    assert_int_equal(llmc_client_new(options, &client), LLMC_OK);
    for (oom_server server = OOM_ECHO; server < OOM_SERVERS; server++) {
        llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(oom_model(server), "/"), oom_model(server));
        provider.api_key = "sk-oom-0123456789";
        provider.base_url = oom_base_url(server);
        assert_int_equal(llmc_client_set_provider(client, name, &provider), LLMC_OK);
    }
    return client;
}

void oom_assert_sound(llmc_client *client) {
    llmc_response *response = NULL;
    assert_int_equal(llmc_ask(client, oom_model(OOM_ECHO), OOM_TEXT, &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), OOM_TEXT);
    llmc_response_free(response);
}

void oom_wait_until_idle(llmc_client *client) {
    int64_t due = llmc__clock_us() + OOM_DEADLINE_MS * 1000;
    llmc_stats stats = LLMC_STATS_INIT;
    do {
        (void)usleep(100);
        assert_int_equal(llmc_client_stats(client, &stats), LLMC_OK);
        assert_true(llmc__clock_us() < due);
    } while (stats.calls_active > 0);
}

void oom_assert_status(llmc_status status, llmc_status expected) {
    if (status != expected && !(oom_struck() && status == LLMC_ERR_NO_MEMORY))
        fail_msg("ended as %s instead of %s", llmc_status_name(status), llmc_status_name(expected));
}

/* ---- trials ---- */

static void assert_balanced(llmc_client *client) {
    llmc_stats stats = LLMC_STATS_INIT;
    assert_int_equal(llmc_client_stats(client, &stats), LLMC_OK);
    assert_int_equal(stats.calls_active, 0);
    assert_int_equal(stats.calls_queued, 0);
    assert_int_equal(stats.calls_started, stats.calls_succeeded + stats.calls_failed + stats.calls_cancelled);
}

static void assert_no_leak(void) {
#ifdef HAS_LSAN
    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
#endif
}

static void one_trial(oom_scenario scenario, llmc_client *client, llmc_status expected) {
    size_t at = atomic_load(&victim);
    llmc_status status;
    alarm(3 * OOM_DEADLINE_MS / 1000); /* of waits of the library that have no deadline: kills the program */
    status = scenario(client);
    oom_disarm();
    if (status != expected && !(oom_struck() && status == LLMC_ERR_NO_MEMORY))
        fail_msg("allocation %zu %s: ended as %s instead of %s", at, atomic_load(&lasting) ? "for ever" : "once",
                 llmc_status_name(status), llmc_status_name(expected));
    if (client != NULL) {
        assert_balanced(client);
        oom_assert_sound(client);
    }
    alarm(0);
}

static void all_trials(oom_scenario scenario, oom_make make, uint32_t io_threads, llmc_status expected) {
    llmc__mem_set_gate(gate, NULL);
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        size_t at = 0;
        do {
            llmc_client *client = make != NULL ? make(io_threads) : NULL;
            oom_arm(at, for_ever != 0);
            one_trial(scenario, client, expected);
            llmc_client_free(client);
        } while (oom_struck() && ++at < 2000);
        assert_true(at > 0 && at < 2000);
        print_message("%zu allocations failed %s\n", at, for_ever ? "for ever" : "once");
    }
    llmc__mem_set_gate(NULL, NULL);
    assert_no_leak();
}

void oom_run(oom_scenario scenario, uint32_t io_threads, llmc_status expected) {
    all_trials(scenario, oom_client, io_threads, expected);
}

void oom_run_on(oom_make make, oom_scenario scenario, uint32_t io_threads, llmc_status expected) {
    all_trials(scenario, make, io_threads, expected);
}

void oom_run_bare(oom_scenario scenario, llmc_status expected) {
    all_trials(scenario, NULL, 0, expected);
}
