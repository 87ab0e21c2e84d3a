#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "wire/json_schema.h"

static llmc__json_doc *parse(const char *text) {
    llmc__json_doc *doc = NULL;
    assert_int_equal(llmc__json_parse(text, strlen(text), &doc, NULL), LLMC_OK);
    return doc;
}

static void check(const char *schema_text, const char *value_text, const char *why) {
    llmc__json_doc *schema = parse(schema_text), *value = parse(value_text);
    llmc__buf told;
    llmc__buf_init(&told, 1024);
    llmc_status status = llmc__json_schema_check(schema, value, &told);
    if (strcmp(llmc__buf_str(&told), why) != 0)
        fail_msg("%s by %s: \"%s\" instead of \"%s\"", value_text, schema_text, llmc__buf_str(&told), why);
    assert_int_equal(status, *why != '\0' ? LLMC_ERR_INVALID_JSON : LLMC_OK);
    llmc__buf_free(&told);
    llmc__json_free(schema);
    llmc__json_free(value);
}

#define PERSON                                                                                                         \
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"age\":{\"type\":[\"integer\",\"null\"]},"   \
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"home\":{\"type\":\"object\",\"properties\":{"     \
    "\"zip\":{\"type\":\"number\"}},\"required\":[\"zip\"]}},\"required\":[\"name\",\"age\"]}"

static void what_fits(void **state) {
    (void)state;
    check(PERSON, "{\"name\":\"a\",\"age\":3}", "");
    check(PERSON, "{\"name\":\"\",\"age\":null,\"tags\":[],\"home\":{\"zip\":1.5,\"more\":[]},\"else\":1}", "");
    check(PERSON, "{\"name\":\"a\",\"age\":3.0}", "");
    check(PERSON, "{\"name\":\"a\",\"age\":1e3,\"tags\":[\"x\",\"y\"]}", "");
    check("{}", "[1]", "");
    check("{\"properties\":{\"a\":true}}", "{\"a\":1}", "");
    check("{\"type\":\"anything at all\"}", "{}", "must be of type anything at all, not object");
    check("{\"type\":7}", "{}", "");
    check("{\"$ref\":\"#/nowhere\",\"anyOf\":[{\"type\":\"string\"}]}", "{}", "");
}

static void what_does_not(void **state) {
    (void)state;
    check(PERSON, "[]", "must be of type object, not array");
    check(PERSON, "{}", "the member \"name\" is missing");
    check(PERSON, "{\"name\":\"a\"}", "the member \"age\" is missing");
    check(PERSON, "{\"name\":1,\"age\":1}", "name: must be of type string, not number");
    check(PERSON, "{\"name\":\"a\",\"age\":1.5}", "age: must be of type integer or null, not number");
    check(PERSON, "{\"name\":\"a\",\"age\":\"1\"}", "age: must be of type integer or null, not string");
    check(PERSON, "{\"name\":\"a\",\"age\":1,\"tags\":[\"x\",false]}", "tags[1]: must be of type string, not boolean");
    check(PERSON, "{\"name\":\"a\",\"age\":1,\"home\":{}}", "home: the member \"zip\" is missing");
    check(PERSON, "{\"name\":\"a\",\"age\":1,\"home\":{\"zip\":null}}", "home.zip: must be of type number, not null");
    check("{\"additionalProperties\":false,\"properties\":{\"a\":{}}}", "{\"a\":1,\"b\":2}",
          "there is no member \"b\"");
    check("{\"additionalProperties\":false}", "{}", "");
    check("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"b\":2}", "");
    check("{\"additionalProperties\":false,\"patternProperties\":{\"^x\":{}}}", "{\"x1\":2}", "");
}

static void enums(void **state) {
    static const char schema[] = "{\"properties\":{\"u\":{\"enum\":[\"C\",\"F\\u0000x\",3,true,null]}}}";
    (void)state;
    check(schema, "{\"u\":\"C\"}", "");
    check(schema, "{\"u\":\"F\\u0000x\"}", "");
    check(schema, "{\"u\":3.0}", "");
    check(schema, "{\"u\":true}", "");
    check(schema, "{\"u\":null}", "");
    check(schema, "{\"u\":\"F\"}", "u: is none of the values the schema lists");
    check(schema, "{\"u\":false}", "u: is none of the values the schema lists");
    check(schema, "{\"u\":4}", "u: is none of the values the schema lists");
    check("{\"enum\":[{\"a\":1}]}", "{\"b\":1}", ""); /* objects are not compared */
    check("{\"enum\":3}", "{\"b\":1}", "");
}

/* Deep values and long names cost no more than their text; what is told of them is cut. */
static void deep_and_long(void **state) {
    char schema[4096] = "", value[2048] = "", why[256] = "";
    (void)state;
    for (int i = 0; i < 60; i++) {
        strcat(schema, "{\"items\":");
        strcat(value, "[");
    }
    strcat(schema, "{\"type\":\"string\"}");
    strcat(value, "1");
    for (int i = 0; i < 60; i++) {
        strcat(schema, "}");
        strcat(value, "]");
    }
    for (int i = 0; i < 60; i++)
        strcat(why, "[0]");
    strcat(why, ": must be of type string, not number");
    check(schema, value, why);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits),
        cmocka_unit_test(what_does_not),
        cmocka_unit_test(enums),
        cmocka_unit_test(deep_and_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
