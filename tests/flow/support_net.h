/* For tests of src/net alone: a loop turned by the test itself, transfers which note what they were told. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_NET_H
#define LLMC_TESTS_FLOW_SUPPORT_NET_H

#include "model/http.h"
#include "net/net.h"
#include "support_flow.h"

typedef struct rig {
    llmc__loop *loop;
    llmc__net *net;
    llmc__net_config config;
    llmc__net_origin origin;
    llmc__http_request request;
    size_t wanted, started, running, ok, failed; /* of rig_drive */
    size_t in_flight;
} rig;

/* What one transfer saw. */
typedef struct seen {
    rig *rig;
    llmc__transfer *transfer;
    llmc__net_result result;
    char detail[256];
    int done, sending, heads, headers;
    int refuse_header, refuse_data; /* stop there */
    bool pause_data;
    char last_header[64];
    size_t body_len;
    char body[512];
} seen;

/* The server of the test that runs: its setup and teardown. */
extern llmc_mock *rig_mock;
int rig_open_mock(void **state);
int rig_close_mock(void **state);

void rig_open(rig *r, const char *base_url, llmc__net_config config);
void rig_close(rig *r);
void rig_aim(rig *r, uint64_t pool_id, const char *base_url, const char *ca_file); /* where the next ones go */
llmc__net_config rig_config(uint32_t max_connections, uint32_t max_keepalive);

llmc_status rig_start(rig *r, seen *s); /* zeroes all but the refuse_ and pause_ fields */
void rig_wait(rig *r, const seen *s);   /* asserts that it ends in time */
llmc_status rig_run(rig *r, seen *s);   /* start and wait; the result's status */
void rig_turn_ms(rig *r, int ms);

/* `count` transfers, at most `in_flight` at once, each next one started as soon as there is room. Tells net the
 * backlog. */
void rig_drive(rig *r, size_t count, size_t in_flight);

#endif
