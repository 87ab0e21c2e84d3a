/* Patterns: a table by hand, and random ones held against the C library's regular expressions. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/pattern.h"
#include "support_random.h"

static bool find(const char *pattern, const char *text) {
    return llmc__pattern_find(pattern, strlen(pattern), text, strlen(text));
}

static void test_table(void **state) {
    static const struct {
        const char *pattern, *text;
        bool found;
    } rows[] = {
        {"", "", true},
        {"", "abc", true},
        {"b", "abc", true},
        {"B", "abc", true},
        {"b", "ABC", true},
        {"^b", "abc", false},
        {"^o[134]", "o3-mini", true},
        {"^o[134]", "o2", false},
        {"^o[134]", "gpt-o3", false},
        {"(?:mi|code|dev|magi|mini)stral", "open-mistral-7b", true},
        {"(?:mi|code|dev|magi|mini)stral", "CODESTRAL", true},
        {"(?:mi|code|dev|magi|mini)stral", "stral", false},
        {"^gemini-3\\.5-flash-\\d", "gemini-3.5-flash-0", true},
        {"^gemini-3\\.5-flash-\\d", "gemini-3x5-flash-0", false},
        {"^x-ai/grok-4\\.3-\\d{8}$", "x-ai/grok-4.3-20260101", true},
        {"^x-ai/grok-4\\.3-\\d{8}$", "x-ai/grok-4.3-2026010", false},
        {"^x-ai/grok-4\\.3-\\d{8}$", "x-ai/grok-4.3-202601011", false},
        {"https://bedrock-runtime\\.[a-z0-9-]+\\.amazonaws\\.com(/|$)",
         "https://bedrock-runtime.us-east-1.amazonaws.com", true},
        {"https://bedrock-runtime\\.[a-z0-9-]+\\.amazonaws\\.com(/|$)", "https://bedrock-runtime.us.amazonaws.com.evil",
         false},
        {"https://(.*\\.)?googleapis\\.com", "https://us-central1-aiplatform.googleapis.com/v1", true},
        {"^(https?://)?([^.]*\\.)?(?:openai\\.azure\\.com|azure-api\\.net)", "https://me.openai.azure.com/x", true},
        {"^(https?://)?([^.]*\\.)?(?:openai\\.azure\\.com|azure-api\\.net)", "https://a.b.openai.azure.com/x", false},
        {"a{2,3}b", "caab", true},
        {"^a{2,3}b", "aaaab", false},
        {"a{2,}b$", "aaaaaab", true},
        {"^(ab){2}$", "abab", true},
        {"^(ab){2}$", "ababab", false},
        {"^(a|ab)(c|bcd)$", "abcd", true},
        {"^(a*)*$", "aaaa", true},
        {"^(a*)*b$", "aaaa", false},
        {"^a.c$", "a\nc", false},
        {"[^a-c]", "abc", false},
        {"[^a-c]", "abcd", true},
        {"[]x]", "]", true},
        {"[a-]", "-", true},
        {"^\\w+\\s\\S\\D\\W$", "ab_9 xy-", true},
        {"a||b", "", true},
        {"x+?y", "xxy", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!llmc__pattern_valid(rows[i].pattern, strlen(rows[i].pattern)))
            fail_msg("%s: is not taken", rows[i].pattern);
        if (find(rows[i].pattern, rows[i].text) != rows[i].found)
            fail_msg("%s in %s: is not as it should", rows[i].pattern, rows[i].text);
    }
}

static void test_refused(void **state) {
    static const char *const rows[] = {"(",      ")",      "[a", "a\\",   "*a",     "a**",     "(?=a)",   "(?!a)b",
                                       "(a)\\1", "\\bfoo", "a{", "a{,2}", "a{3,2}", "a{1001}", "(?<n>a)", "]",
                                       "^*",     "a{1",    "(a", "[\\q]", "x}",     "(a))",    "\\p{L}"};
    char deep[64];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (llmc__pattern_valid(rows[i], strlen(rows[i])))
            fail_msg("%s: is taken", rows[i]);
    assert_false(llmc__pattern_valid("a\0b", 3));
    memset(deep, '(', 30);
    memset(deep + 30, ')', 30);
    assert_false(llmc__pattern_valid(deep, 60));
    assert_true(llmc__pattern_valid(deep + 20, 20));
}

/* Backtracking without end is given up, in time. */
static void test_hostile(void **state) {
    char text[4096];
    (void)state;
    memset(text, 'a', sizeof text);
    assert_false(llmc__pattern_find("^(a+)+b$", 8, text, sizeof text));
    assert_false(llmc__pattern_find("(a|a)*(a|a)*(a|a)*b", 19, text, sizeof text));
    assert_false(llmc__pattern_find(".*.*.*.*.*.*.*b", 15, text, sizeof text));
}

/* ---- against the C library ---- */

/* What is repeated holds no repetition itself: such patterns may be given up, which is another test's matter. */
static void put_random(support_random *seed, char *out, size_t *len, int depth, bool plain) {
    static const char letters[] = "aab.c";
    uint32_t pieces = 1 + support_random_below(seed, 3);
    for (uint32_t i = 0; i < pieces && *len < 100; i++) {
        bool repeated = !plain && support_random_below(seed, 3) == 0;
        if (depth < 2 && support_random_below(seed, 4) == 0) {
            out[(*len)++] = '(';
            put_random(seed, out, len, depth + 1, plain || repeated);
            if (support_random_below(seed, 2)) {
                out[(*len)++] = '|';
                put_random(seed, out, len, depth + 1, plain || repeated);
            }
            out[(*len)++] = ')';
        } else if (support_random_below(seed, 6) == 0) {
            memcpy(out + *len, support_random_below(seed, 2) ? "[^a]" : "[ac]", 4);
            *len += 4;
        } else {
            out[(*len)++] = letters[support_random_below(seed, 5)];
        }
        if (repeated)
            out[(*len)++] = "*+?"[support_random_below(seed, 3)];
    }
}

static void test_random(void **state) {
    support_random seed;
    size_t found = 0;
    (void)state;
    support_random_begin(&seed, "random patterns");
    for (int i = 0; i < 20000; i++) {
        char pattern[256], text[16];
        size_t len = 0, text_len = support_random_below(&seed, 10);
        regex_t compiled;
        bool theirs, ours;
        if (support_random_below(&seed, 4) == 0)
            pattern[len++] = '^';
        put_random(&seed, pattern, &len, 0, false);
        if (support_random_below(&seed, 4) == 0)
            pattern[len++] = '$';
        pattern[len] = '\0';
        for (size_t n = 0; n < text_len; n++)
            text[n] = "abcA"[support_random_below(&seed, 4)];
        text[text_len] = '\0';
        assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB), 0);
        theirs = regexec(&compiled, text, 0, NULL, 0) == 0;
        regfree(&compiled);
        assert_true(llmc__pattern_valid(pattern, len));
        ours = llmc__pattern_find(pattern, len, text, text_len);
        if (ours != theirs)
            fail_msg("%s in \"%s\": %d, the C library says %d", pattern, text, ours, theirs);
        found += ours;
    }
    assert_in_range(found, 2000, 18000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
