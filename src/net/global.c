#include <curl/curl.h>

#include "base/thread.h"
#include "net/net.h"

static llmc__once once = LLMC__ONCE_INIT;
static CURLcode outcome;

/* Counted by libcurl, so the host's own init and cleanup do not disturb ours. Never undone: other threads may use it.
 */
static void init(void) {
    outcome = curl_global_init(CURL_GLOBAL_DEFAULT);
}

llmc_status llmc__net_global_init(void) {
    llmc__once_run(&once, init);
    return outcome == CURLE_OK ? LLMC_OK : LLMC_ERR_INIT;
}
