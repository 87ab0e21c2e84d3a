#include "support_lead.h"
#include "engine/engine.h"

lead_state lead_look(llmc_client *client, uint32_t loop) {
    llmc__engine *engine = client->engines[loop];
    lead_state state;
    llmc__mutex_lock(&engine->inbox.lock);
    state = (lead_state){engine->inbox.parked, engine->inbox.led, engine->inbox.leads};
    llmc__mutex_unlock(&engine->inbox.lock);
    return state;
}

bool lead_is_parked(void *client) {
    const llmc_client *it = client;
    bool parked = false;
    for (uint32_t i = 0; i < it->engine_count; i++)
        parked = lead_look(client, i).parked || parked;
    return parked;
}

bool lead_series(llmc_client *client) {
    int64_t end = flow_now_ms() + FLOW_DEADLINE_MS;
    while (!lead_is_parked(client)) {
        llmc_response *response = NULL;
        llmc_status status = llmc_ask(client, FLOW_MODEL, "series", &response);
        llmc_response_free(response);
        if (status != LLMC_OK || flow_now_ms() > end)
            return false;
    }
    return true;
}

static int tell_price(const char *provider, const char *model, int64_t tokens_in, llmc_price *out, void *witness) {
    lead_witness *w = witness;
    (void)provider;
    (void)model;
    (void)tokens_in;
    atomic_store(&w->thread, llmc__thread_self());
    atomic_fetch_add(&w->told, 1);
    out->input_mtok_usd = out->output_mtok_usd = 1;
    return 0;
}

llmc_client_options lead_options(lead_witness *witness) {
    llmc_client_options options = flow_options();
    memset(witness, 0, sizeof(*witness));
    options.price = tell_price;
    options.price_user_data = witness;
    return options;
}

static void run_lead(void *ctx) {
    lead *l = ctx;
    llmc_mock_script slow = flow_slow(l->delay_ms);
    llmc_response *response = NULL;
    l->self = llmc__thread_self();
    l->warm = lead_series(l->f.client) && llmc_mock_push(l->f.mock, &slow) == LLMC_OK;
    atomic_store(&l->before, flow_mock_stats(&l->f).requests);
    atomic_store(&l->begun, true);
    l->status = llmc_execute(l->f.client, l->request, &response);
    (void)snprintf(l->output, sizeof(l->output), "%s", llmc_response_output(response));
    llmc_response_free(response);
    atomic_store(&l->over, true);
}

static bool has_slow_one(void *ctx) {
    lead *l = ctx;
    return atomic_load(&l->over) ||
           (atomic_load(&l->begun) && flow_mock_stats(&l->f).requests > atomic_load(&l->before));
}

/* A busy machine may let more time pass between two calls than the loop thread is parked for: then all of it again. */
void lead_open(lead *l, int64_t delay_ms, void (*arrange)(llmc_client_options *options, llmc_request *request)) {
    for (int trial = 0; trial < 100; trial++) {
        llmc_client_options options;
        memset(l, 0, sizeof(*l));
        options = lead_options(&l->witness);
        l->delay_ms = delay_ms;
        l->request = flow_request("slow");
        if (arrange != NULL)
            arrange(&options, l->request);
        flow_open(&l->f, &options);
        assert_int_equal(llmc__thread_start(&l->thread, "lead", run_lead, l), LLMC_OK);
        assert_true(flow_until(has_slow_one, l));
        if (lead_look(l->f.client, 0).led)
            return;
        lead_close(l);
    }
    fail_msg("no call has led");
}

void lead_join(lead *l) {
    llmc__thread_join(&l->thread);
    assert_true(l->warm);
    llmc_request_free(l->request);
    l->request = NULL;
}

void lead_close(lead *l) {
    llmc_client_free(l->f.client);
    if (l->request != NULL)
        lead_join(l);
    llmc_mock_free(l->f.mock);
}
