#include <string.h>
#include "base/mem.h"
#include "net/inner.h"

/*
 * HTTP/2 was broken in 7.88.0 (7.88.1 is its repair) and stalled in releases of 8.1 and 8.2 (curl issues 11426, 11485);
 * those get HTTP/1.1 unless the option forces HTTP/2. Our HTTP/2 tests pass with 7.88.1.
 */
static bool libcurl_speaks_h2(void) {
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    if ((info->features & CURL_VERSION_HTTP2) == 0) {
        return false;
    }
    unsigned minor = info->version_num >> 8;
    return info->version_num != 0x075800 && minor != 0x0801 && minor != 0x0802;
}

static llmc_status make_share(llmc__net *net) {
    net->share = curl_share_init();
    if (net->share == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    /* No lock functions: all users of the share are in this loop's thread. */
    bool ok = curl_share_setopt(net->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
              curl_share_setopt(net->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
    return ok ? LLMC_OK : LLMC_ERR_INIT;
}

static bool write_agent(llmc__net *net) {
    static const char name[] = "User-Agent: ";
    const char *agent = net->config.user_agent;
    if (agent == NULL) {
        return true;
    }
    net->agent_line = llmc__mem_alloc(sizeof name + strlen(agent));
    if (net->agent_line == NULL) {
        return false;
    }
    memcpy(net->agent_line, name, sizeof name - 1);
    memcpy(net->agent_line + sizeof name - 1, agent, strlen(agent) + 1);
    return true;
}

llmc_status llmc__net_new(llmc__loop *loop, const llmc__net_config *config, llmc__net **out) {
    llmc_status status = llmc__net_global_init();
    if (status != LLMC_OK) {
        return status;
    }
    llmc__net *net = llmc__mem_calloc(1, sizeof *net);
    if (net == NULL) {
        return LLMC_ERR_NO_MEMORY;
    }
    net->loop = loop;
    net->config = *config;
    net->h2_allowed = libcurl_speaks_h2();
    net->sweep.fire = llmc__pool_sweep;
    net->resume_timer.fire = llmc__transfer_resume_due;
    llmc__list_init(&net->resumes);
    status = write_agent(net) ? llmc__loop_timer_reserve(loop, 2) : LLMC_ERR_NO_MEMORY;
    if (status == LLMC_OK) {
        status = make_share(net);
        if (status != LLMC_OK) {
            llmc__loop_timer_reserve(loop, -2);
        }
    }
    if (status != LLMC_OK) {
        if (net->share != NULL) {
            curl_share_cleanup(net->share);
        }
        llmc__mem_free(net->agent_line);
        llmc__mem_free(net);
        return status;
    }
    *out = net;
    return LLMC_OK;
}

void llmc__net_free(llmc__net *net) {
    if (net == NULL) {
        return;
    }
    while (net->pools != NULL) {
        llmc__pool *pool = net->pools;
        net->pools = pool->next;
        llmc__pool_free(pool);
    }
    llmc__loop_timer_clear(net->loop, &net->sweep);
    llmc__loop_timer_clear(net->loop, &net->resume_timer);
    llmc__loop_timer_reserve(net->loop, -2);
    curl_share_cleanup(net->share);
    llmc__mem_free(net->agent_line);
    llmc__mem_free(net);
}

void llmc__net_lend(llmc__net *net, llmc__sigpipe *hold) {
    net->hold = hold;
    if (hold != NULL && net->may_signal) {
        llmc__sigpipe_hold(hold);
    }
}

bool llmc__net_has_room(llmc__net *net, const llmc__net_origin *origin) {
    if (net->busy < net->config.max_connections) {
        return true;
    }
    const llmc__pool *pool = llmc__pool_find(net, origin->pool_id);
    return pool != NULL && llmc__pool_has_room(pool);
}

void llmc__net_set_backlog(llmc__net *net, size_t waiting) {
    bool fewer = waiting < net->backlog;
    net->backlog = waiting;
    if (!fewer || net->held - net->busy <= net->config.max_keepalive) {
        return;
    }
    for (llmc__pool *pool = net->pools; pool != NULL; pool = pool->next) {
        llmc__pool_trim(pool);
    }
}

void llmc__net_count(const llmc__net *net, llmc__net_counts *out) {
    out->connections_open = atomic_load_explicit(&net->open, memory_order_relaxed);
    out->connections_opened = atomic_load_explicit(&net->opened, memory_order_relaxed);
    out->resends_stopped = atomic_load_explicit(&net->resends_stopped, memory_order_relaxed);
    out->transfers = atomic_load_explicit(&net->transfers, memory_order_relaxed);
}
