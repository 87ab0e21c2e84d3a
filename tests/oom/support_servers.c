/* The servers of the trials, in a process of their own. */
#include "support_oom.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "llmclient/mock.h"

static const char rich_body[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"oom-1-2026\",\"choices\":["
    "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Zero.\",\"reasoning_content\":\"Why \\u00e9?\","
    "\"tool_calls\":[{\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"weather\","
    "\"arguments\":\"{\\\"city\\\":\\\"Paris\\\"}\"}},{\"id\":\"call_b\",\"type\":\"function\",\"function\":"
    "{\"name\":\"clock\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"},"
    "{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":\"No.\"},\"finish_reason\":\"stop\"}"
    "],"
    "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}}";

#define CHUNK(choice) "data: {\"id\":\"chatcmpl-1\",\"model\":\"oom-1-2026\",\"choices\":[" choice "]}\n\n"
#define DELTA(delta)  CHUNK("{\"index\":0,\"delta\":{" delta "},\"finish_reason\":null}")

static const char rich_stream[] = DELTA("\"role\":\"assistant\",\"reasoning_content\":\"Why \\u00e9?\"")
    DELTA("\"content\":\"Zero.\"") CHUNK("{\"index\":1,\"delta\":{\"refusal\":\"No.\"},\"finish_reason\":null}")
        DELTA("\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"weather\","
              "\"arguments\":\"{\\\"city\\\":\"}}]") DELTA("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
                                                           "\"\\\"Paris\\\"}\"}}]")
            DELTA("\"tool_calls\":[{\"index\":1,\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":"
                  "\"clock\",\"arguments\":\"{}\"}}]")
                CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"},"
                      "{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}") "data: "
                                                                               "{\"id\":\"chatcmpl-1\",\"choices\":[],"
                                                                               "\"usage\":{\"prompt_tokens\":9,"
                                                                               "\"completion_tokens\":4,\"total_"
                                                                               "tokens\":13}}\n\ndata: [DONE]\n\n";

static const char busy_body[] =
    "{\"error\":{\"message\":\"Rate limit reached for oom-1. Please try again in 20s.\",\"type\":\"requests\","
    "\"param\":\"model\",\"code\":\"rate_limit_exceeded\"}}";

static const char erring_stream[] =
    DELTA("\"role\":\"assistant\",\"content\":\"So far\"") "data: {\"error\":{\"message\":\"The server had an "
                                                           "error\",\"type\":\"server_error\",\"param\":null,"
                                                           "\"code\":\"boom\"}}\n\n";

static const char cut_stream[] = DELTA("\"role\":\"assistant\",\"content\":\"So far\"");

static const char *const names[OOM_SERVERS] = {"openai", "rich", "rich-stream", "busy", "erring", "cut", "stall"};

static char models[OOM_SERVERS][48], base_urls[OOM_SERVERS][48];
static pid_t child;
static int hold;

static llmc_mock_script script_of(oom_server server) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    const char *const bodies[OOM_SERVERS] = {NULL,          rich_body,  rich_stream, busy_body,
                                             erring_stream, cut_stream, rich_stream};
    script.body = bodies[server];
    script.headers = "x-request-id: req_oom\r\n";
    if (server == OOM_BUSY) {
        script.status = 429;
        script.headers = "retry-after: 20\r\nx-request-id: req_oom\r\n";
    }
    if (server == OOM_STALL) {
        script.fault = LLMC_MOCK_STALL;
        script.cut_at = 500; /* behind the first event, before the end */
    }
    return script;
}

static void serve(int up, int down) {
    static const char *const listed[] = {"a", "b", "c"};
    int ports[OOM_SERVERS];
    char byte;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (oom_server server = OOM_ECHO; server < OOM_SERVERS; server++) {
        llmc_mock_script script = script_of(server);
        llmc_mock_embedding_options embedding = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
        llmc_mock *mock = NULL;
        embedding.max_texts = 2;
        if (llmc_mock_new(&mock) != LLMC_OK || llmc_mock_set_default(mock, &script) != LLMC_OK ||
            llmc_mock_set_embeddings(mock, &embedding) != LLMC_OK)
            _exit(1);
        if (llmc_mock_set_models(mock, listed, 3, 2) != LLMC_OK)
            _exit(1);
        llmc_mock_set_recording(mock, false);
        ports[server] = llmc_mock_port(mock);
    }
    if (write(up, ports, sizeof ports) != sizeof ports)
        _exit(1);
    while (read(down, &byte, 1) > 0) {
    }
    _exit(0);
}

void oom_servers_start(void) {
    int up[2], down[2], ports[OOM_SERVERS];
    if (pipe(up) != 0 || pipe(down) != 0 || (child = fork()) < 0)
        abort();
    if (child == 0) {
        close(up[0]);
        close(down[1]);
        serve(up[1], down[0]);
    }
    close(up[1]);
    close(down[0]);
    hold = down[1];
    if (read(up[0], ports, sizeof ports) != sizeof ports)
        abort();
    close(up[0]);
    for (oom_server server = OOM_ECHO; server < OOM_SERVERS; server++) {
        snprintf(models[server], sizeof models[server], "%s/oom-1", names[server]);
        snprintf(base_urls[server], sizeof base_urls[server], "http://127.0.0.1:%d/v1", ports[server]);
    }
}

void oom_servers_stop(void) {
    close(hold);
    (void)waitpid(child, NULL, 0);
}

const char *oom_model(oom_server server) {
    return models[server];
}

const char *oom_base_url(oom_server server) {
    return base_urls[server];
}
