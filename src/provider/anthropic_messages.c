/*
 * Messages: what the system and the developer say goes to the top-level `system`; the others alternate between user and
 * assistant, so that neighbours of one role become one message (https://docs.claude.com/en/api/messages#body-messages).
 */
#include "provider/anthropic.h"

/* Who speaks, as the API sees it. */
typedef enum side { USER, ASSISTANT, SYSTEM } side;

static side side_of(const llmc__message *message) {
    if (message->role == LLMC_ROLE_ASSISTANT)
        return ASSISTANT;
    return message->role == LLMC_ROLE_USER ? USER : SYSTEM;
}

/* Empty texts are refused by the API, and mean nothing. */
static bool is_said(const llmc__part *part) {
    return part->kind != LLMC__PART_REPLAY && (part->kind != LLMC__PART_TEXT || part->text_len > 0);
}

/* An array of blocks. */
static const llmc__part *replay_of(const llmc__message *message) {
    const llmc__part *replay = llmc__message_replay(message, LLMC__ANTHROPIC_ORIGIN);
    return replay != NULL && replay->text_len > 2 ? replay : NULL;
}

static bool says_something(const llmc__message *message) {
    llmc__part scratch;
    if (replay_of(message) != NULL)
        return true;
    for (size_t i = 0; i < llmc__message_parts(message); i++)
        if (is_said(llmc__message_part(message, i, &scratch)))
            return true;
    return false;
}

/*
 * The API refuses more than four marks (https://docs.claude.com/en/docs/build-with-claude/prompt-caching). A mark is a
 * hint: the oldest in the turns are left out first, then those of the system.
 */
#define MAX_MARKS 4

typedef struct excess {
    size_t system, turns; /* marks to leave out, the oldest first */
} excess;

static size_t count_marks(const llmc__message *message) {
    llmc__part scratch;
    size_t count = 0;
    if (replay_of(message) != NULL)
        return 0;
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        count += part->cache_mark && is_said(part);
    }
    return count;
}

static excess find_excess(const llmc_request *request) {
    size_t tools = 0, system = 0, turns = 0;
    for (size_t i = 0; i < request->tool_count; i++)
        tools += request->tools[i].cache_mark;
    for (size_t i = 0; i < request->message_count; i++)
        *(side_of(&request->messages[i]) == SYSTEM ? &system : &turns) += count_marks(&request->messages[i]);
    size_t all = tools + system + turns, over = all > MAX_MARKS ? all - MAX_MARKS : 0;
    return (excess){over > turns ? over - turns : 0, over < turns ? over : turns};
}

static bool takes_mark(const llmc__part *part, size_t *skip) {
    if (!part->cache_mark || !is_said(part))
        return false;
    if (*skip == 0)
        return true;
    --*skip;
    return false;
}

/* The blocks of one message, behind those of others. */
static void write_blocks(llmc__body *body, const llmc__message *message, size_t *skip) {
    const llmc__part *replay = replay_of(message);
    llmc__part scratch;
    if (replay != NULL) {
        llmc__jsonw_raw(&body->json, replay->text + 1, replay->text_len - 2); /* without its brackets */
        return;
    }
    for (size_t i = 0; i < llmc__message_parts(message); i++) {
        const llmc__part *part = llmc__message_part(message, i, &scratch);
        llmc__anthropic_part(body, part, takes_mark(part, skip));
    }
}

/* A message that is one plain text; NULL: it is not. */
static const llmc__part *plain_text(const llmc__body *body, const llmc__message *message, llmc__part *scratch) {
    if (llmc__message_parts(message) != 1 || replay_of(message) != NULL)
        return NULL;
    const llmc__part *part = llmc__message_part(message, 0, scratch);
    bool marked = part->cache_mark && llmc__body_wants(body, LLMC__FIELD_CACHE_MARK);
    return part->kind == LLMC__PART_TEXT && !marked ? part : NULL;
}

static bool is_of(const llmc__message *message, side who) {
    return side_of(message) == who && says_something(message);
}

/* What is said by one side in the messages from..to: a string when it is one plain text, else blocks. */
static void write_content(llmc__body *body, size_t from, size_t to, side who, size_t *skip) {
    const llmc__message *messages = body->request->messages, *only = NULL;
    llmc__part scratch;
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        if (is_of(&messages[i], who)) {
            only = &messages[i];
            count++;
        }
    }
    const llmc__part *text = count == 1 ? plain_text(body, only, &scratch) : NULL;
    if (text != NULL) {
        llmc__jsonw_string(&body->json, text->text, text->text_len);
        return;
    }
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = from; i < to; i++)
        if (is_of(&messages[i], who))
            write_blocks(body, &messages[i], skip);
    llmc__jsonw_end_array(&body->json);
}

/* Where the turn that begins at `from` ends: at the first message of the other side. */
static size_t end_of_turn(const llmc_request *request, size_t from, side who) {
    size_t to = from + 1;
    while (to < request->message_count && !is_of(&request->messages[to], who == USER ? ASSISTANT : USER))
        to++;
    return to;
}

/* Answers where it ends. */
static size_t write_turn(llmc__body *body, size_t from, size_t *skip) {
    side who = side_of(&body->request->messages[from]);
    size_t to = end_of_turn(body->request, from, who);
    llmc__jsonw_begin_object(&body->json);
    llmc__body_put_str(body, "role", who == USER ? "user" : "assistant");
    llmc__jsonw_name(&body->json, "content");
    write_content(body, from, to, who, skip);
    llmc__jsonw_end_object(&body->json);
    return to;
}

static void write_system(llmc__body *body, size_t skip) {
    const llmc_request *request = body->request;
    bool any = false;
    for (size_t i = 0; i < request->message_count; i++)
        any = any || is_of(&request->messages[i], SYSTEM);
    if (any && llmc__body_open(body, "system"))
        write_content(body, 0, request->message_count, SYSTEM, &skip);
}

void llmc__anthropic_messages(llmc__body *body) {
    const llmc_request *request = body->request;
    excess over = find_excess(request);
    write_system(body, over.system);
    if (!llmc__body_open(body, "messages"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < request->message_count;) {
        const llmc__message *message = &request->messages[i];
        if (side_of(message) == SYSTEM || !says_something(message))
            i++;
        else
            i = write_turn(body, i, &over.turns);
    }
    llmc__jsonw_end_array(&body->json);
}
