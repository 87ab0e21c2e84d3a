#!/usr/bin/env python3
"""Writes src/model/prices_words.c and src/model/prices_values.c: the table of prices that the library carries.

usage: cmake/make_prices.py GENAI-PRICES.JSON LICENSE DATE

The JSON is the published file of https://github.com/pydantic/genai-prices, LICENSE its licence, DATE the day it was
read (2026-11-26). What is written is committed; a build needs neither this script nor Python. The form of the table is
told in src/model/price_table.h. The test golden/test_prices holds it against the JSON, model by model.
"""
import datetime
import json
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "model")

# In the order of llmc__price_class; the first name that a model has counts.
CLASSES = [
    ["input_mtok", "input_text_mtok"],
    ["cache_read_mtok", "cache_text_read_mtok"],
    ["cache_write_mtok", "cache_text_write_mtok"],
    ["output_mtok", "output_text_mtok"],
    ["output_reasoning_mtok", "reasoning_mtok"],
    ["input_audio_mtok"],
    ["cache_audio_read_mtok"],
    ["output_audio_mtok"],
    ["requests_kcount"],
]
MORE, BY_DATE, BY_TIME, TIERED = 1 << 9, 1 << 10, 1 << 11, 0x8000
KINDS = ["equals", "starts_with", "ends_with", "contains", "regex", "or", "and"]
NONE = 0xFFFFFFFF


def texts_of(providers):
    """All texts of the table, those of clauses in lower case."""
    found = set()

    def walk(clause):
        for kind, value in clause.items():
            if isinstance(value, list):
                for part in value:
                    walk(part)
            else:
                found.add(value if kind == "regex" else value.lower())

    for provider in providers:
        found.update((provider["id"].lower(), provider["api_pattern"]))
        if provider.get("provider_match"):
            walk(provider["provider_match"])
        for model in provider["models"]:
            walk(model["match"])
    return found


def overlap(left, right):
    """How much of the end of left is the beginning of right."""
    for size in range(min(len(left), len(right)), 0, -1):
        if left.endswith(right[:size]):
            return size
    return 0


def pool_of(texts):
    """One text in which all the others are found; short ones often stand inside of longer ones."""
    whole = []
    for text in sorted(texts, key=lambda t: (-len(t), t)):
        if not any(text in other for other in whole):
            whole.append(text)
    whole.sort()
    starts = {}
    for text in whole:
        starts.setdefault(text[:4], []).append(text)
    left = dict.fromkeys(whole)
    pool = ""
    while left:
        best, size = None, 0
        for width in range(min(40, len(pool)), 3, -1):
            for text in starts.get(pool[-width:][:4], []):
                if text in left and overlap(pool[-width:], text) == width and width > size:
                    best, size = text, width
            if best:
                break
        if best is None:
            best, size = next(iter(left)), 0
        del left[best]
        pool += best[size:]
    return pool


class Table:
    def __init__(self, providers):
        self.pool = pool_of(texts_of(providers))
        self.values, self.prices, self.words, self.fallbacks, self.rows = [], [], [], [], []
        self.value_at, self.set_at, self.tier_at = {}, {}, {}
        index = {p["id"]: i for i, p in enumerate(providers)}
        for provider in providers:
            self.provider(provider, index)

    def text(self, value):
        at = self.pool.index(value)
        assert at < 1 << 20 and len(value) < 1 << 9
        return at | len(value) << 20

    def clause(self, clause):
        (kind, value), = clause.items()
        number = KINDS.index(kind)
        if kind in ("or", "and"):
            parts = [word for part in value for word in self.clause(part)]
            return [number << 29 | len(parts)] + parts
        return [number << 29 | self.text(value if kind == "regex" else value.lower())]

    def value(self, number):
        number = float(number)
        if number not in self.value_at:
            self.value_at[number] = len(self.values)
            self.values.append(number)
        return self.value_at[number]

    def rate(self, price):
        if not isinstance(price, dict):
            return self.value(price)
        tiers = sorted(price["tiers"], key=lambda tier: tier["start"])
        words = [self.value(price["base"]), len(tiers)]
        for tier in tiers:
            words += [tier["start"] >> 16, tier["start"] & 0xFFFF, self.value(tier["price"])]
        key = tuple(words)
        if key not in self.tier_at:
            self.tier_at[key] = len(self.prices)
            self.prices += words
        return self.tier_at[key] | TIERED

    def one_set(self, conditional, more):
        flags, bound = MORE if more else 0, []
        constraint = conditional.get("constraint")
        if constraint and "start_date" in constraint:
            flags |= BY_DATE
            bound = [(datetime.date.fromisoformat(constraint["start_date"]) - datetime.date(1970, 1, 1)).days]
        elif constraint:
            flags |= BY_TIME
            for name in ("start_time", "end_time"):
                moment = datetime.time.fromisoformat(constraint[name].replace("Z", "+00:00"))
                assert not moment.utcoffset() and not moment.microsecond
                seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
                bound += [seconds >> 16, seconds & 0xFFFF]
        refs = []
        for bit, names in enumerate(CLASSES):
            name = next((n for n in names if conditional["prices"].get(n) is not None), None)
            if name:
                flags |= 1 << bit
                refs.append(self.rate(conditional["prices"][name]))
        return [flags] + bound + refs

    def model(self, model):
        sets = model["prices"] if isinstance(model["prices"], list) else [{"prices": model["prices"]}]
        words = [w for i, one in enumerate(sets) for w in self.one_set(one, i + 1 < len(sets))]
        key = tuple(words)
        if key not in self.set_at:
            self.set_at[key] = len(self.prices)
            self.prices += words
        self.words += [self.set_at[key]] + self.clause(model["match"])

    def provider(self, provider, index):
        names = NONE
        if provider.get("provider_match"):
            names = len(self.words)
            self.words += self.clause(provider["provider_match"])
        models = len(self.words)
        for model in provider["models"]:
            self.model(model)
        fallbacks = [index[i] for i in provider.get("fallback_model_providers") or [] if i in index]
        self.rows.append((provider["id"], self.text(provider["id"].lower()), names, self.text(provider["api_pattern"]),
                          models, len(provider["models"]), len(self.fallbacks), len(fallbacks)))
        self.fallbacks += fallbacks


def lines_of(items, width=116):
    line, out = "   ", []
    for item in items:
        if len(line) + len(item) + 2 > width:
            out.append(line)
            line = "   "
        line += " " + item + ","
    return "\n".join(out + [line])


def text_lines(pool):
    out = []
    for at in range(0, len(pool), 100):
        out.append('    "' + pool[at:at + 100].replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?") + '"')
    return "\n".join(out)


def write(name, what, licence, date, body):
    with open(os.path.join(ROOT, name), "w", encoding="ascii") as out:
        out.write("/*\n * %s Made by cmake/make_prices.py from the published prices of\n" % what)
        out.write(" * https://github.com/pydantic/genai-prices as read on %s; do not edit. The facts are theirs:\n *\n" % date)
        for line in licence.strip().splitlines():
            out.write((" * " + line).rstrip() + "\n")
        out.write(" */\n/* clang-format off */\n" + body)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as source:
        providers = json.load(source)
    with open(sys.argv[2], encoding="utf-8") as source:
        licence = source.read()
    date = datetime.date.fromisoformat(sys.argv[3]).isoformat()
    table = Table(providers)
    assert len(table.values) < TIERED and max(table.tier_at.values()) < TIERED and table.pool.isascii()
    rows = "\n".join("    {0x%xu, %s, 0x%xu, %d, %d, %d, %d}, /* %s */" % (
        row[1], "LLMC__PRICE_NONE" if row[2] == NONE else str(row[2]), row[3], row[4], row[5], row[6], row[7], row[0])
        for row in table.rows)
    write("prices_words.c", "Which models there are.", licence, date, """#include "model/prices.h"

static const llmc__price_provider providers[] = {
%s
};

static const uint32_t words[] = {
%s
};

static const uint16_t fallbacks[] = {
%s
};

const char llmc__prices_date[] = "%s";

const llmc__price_table llmc__prices = {
    providers, words, llmc__prices_prices, fallbacks, llmc__prices_values, llmc__prices_text, %d
};
""" % (rows, lines_of("%d" % w if w < 1 << 20 else "0x%xu" % w for w in table.words),
       lines_of("%d" % f for f in table.fallbacks), date, len(providers)))
    write("prices_values.c", "What they cost.", licence, date, """#include "model/prices.h"

const double llmc__prices_values[] = {
%s
};

const uint16_t llmc__prices_prices[] = {
%s
};

#pragma GCC diagnostic ignored "-Woverlength-strings"
const char llmc__prices_text[] =
%s;
""" % (lines_of(repr(v) for v in table.values), lines_of("%d" % p for p in table.prices), text_lines(table.pool)))
    size = (len(table.pool) + 8 * len(table.values) + 2 * len(table.prices) + 4 * len(table.words) +
            28 * len(table.rows))
    print("%d providers, %d models, %d bytes: text %d, values %d, prices %d, words %d" % (
        len(providers), sum(len(p["models"]) for p in providers), size, len(table.pool), 8 * len(table.values),
        2 * len(table.prices), 4 * len(table.words)))


if __name__ == "__main__":
    main()
