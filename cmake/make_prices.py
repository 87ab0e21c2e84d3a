#!/usr/bin/env python3
"""Writes src/model/prices_data.c and prices_data.h: the table of prices that the library carries.

usage: cmake/make_prices.py GENAI-PRICES.JSON LICENSE DATE

The JSON is the published file of https://github.com/pydantic/genai-prices, LICENSE its licence, DATE the day it was
read (2026-11-26). What is written is committed; a build needs neither this script nor Python. The form of the table is
told in src/model/price_table.h, how it is packed in src/base/unpack.h. The test golden/test_prices holds it against the
JSON, model by model.
"""
import datetime
import json
import os
import sys
from collections import Counter

import pack

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
MORE, BY_DATE, BY_TIME = 1 << 9, 1 << 10, 1 << 11
KINDS = ["none", "equals", "starts_with", "ends_with", "contains", "regex", "or", "and"]
NONE = b"\0"


def text(value):
    assert value.isascii() and "\0" not in value and len(value) <= 511
    return value.encode() + b"\0"


def implies(left, right):
    """Whether each name that the one clause matches is sure to be matched by the other."""
    (kind, value), (other, part) = list(left.items())[0], list(right.items())[0]
    if isinstance(value, list) or isinstance(part, list) or "regex" in (kind, other):
        return left == right
    value, part = value.lower(), part.lower()
    if other == "contains":
        return part in value
    if other == "starts_with":
        return kind in ("equals", other) and value.startswith(part)
    if other == "ends_with":
        return kind in ("equals", other) and value.endswith(part)
    return kind == other and value == part


def parts_of(clauses):
    """Those of an "or" that are not told by another of them."""
    kept = []
    for at, clause in enumerate(clauses):
        if not any(implies(clause, other) for other in kept) and \
                not any(implies(clause, other) and not implies(other, clause) for other in clauses[at + 1:]):
            kept.append(clause)
    return kept


def clause_bytes(clause):
    (kind, value), = clause.items()
    if kind in ("or", "and"):
        parts = parts_of(value) if kind == "or" else value
        if len(parts) == 1:
            return clause_bytes(parts[0])
        return bytes([KINDS.index(kind)]) + b"".join(map(clause_bytes, parts)) + NONE
    return bytes([KINDS.index(kind)]) + text(value if kind == "regex" else value.lower())


def number(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def sets_of(model):
    return model["prices"] if isinstance(model["prices"], list) else [{"prices": model["prices"]}]


def rates_of(prices):
    """(class, price) of those that it has."""
    for c, names in enumerate(CLASSES):
        name = next((n for n in names if prices.get(n) is not None), None)
        if name:
            yield c, prices[name]


class Table:
    def __init__(self, providers):
        counts = Counter()
        for provider in providers:
            for model in provider["models"]:
                for one in sets_of(model):
                    for _, price in rates_of(one["prices"]):
                        counts.update(self.values_in(price))
        # Those that many have come first, as their places are short.
        self.values = sorted(counts, key=lambda value: (-counts[value], value))
        self.place = {value: at for at, value in enumerate(self.values)}
        self.names, self.prices, self.rows = b"", b"", []
        for provider in providers:
            self.provider(provider)

    @staticmethod
    def values_in(price):
        if not isinstance(price, dict):
            return [float(price)]
        return [float(price["base"])] + [float(tier["price"]) for tier in price["tiers"]]

    def rate(self, price):
        places = [self.place[value] for value in self.values_in(price)]
        if not isinstance(price, dict):
            return number(1 + places[0])
        tiers = sorted(zip((tier["start"] for tier in price["tiers"]), places[1:]))
        return number(0) + number(places[0]) + number(len(tiers)) + b"".join(
            number(start) + number(place) for start, place in tiers)

    def one_set(self, conditional, more):
        flags, bound = MORE if more else 0, b""
        constraint = conditional.get("constraint")
        if constraint and "start_date" in constraint:
            flags |= BY_DATE
            day = datetime.date.fromisoformat(constraint["start_date"])
            bound = number((day - datetime.date(1970, 1, 1)).days)
        elif constraint:
            flags |= BY_TIME
            for name in ("start_time", "end_time"):
                moment = datetime.time.fromisoformat(constraint[name].replace("Z", "+00:00"))
                assert not moment.utcoffset() and not moment.microsecond
                bound += number(moment.hour * 3600 + moment.minute * 60 + moment.second)
        rates = b""
        for c, price in rates_of(conditional["prices"]):
            flags |= 1 << c
            rates += self.rate(price)
        return number(flags) + bound + rates

    def provider(self, provider):
        self.rows.append((len(self.names), len(self.prices), provider["id"]))
        self.names += text(provider["id"].lower()) + text(provider["api_pattern"])
        self.names += b"".join(text(other.lower()) for other in provider.get("fallback_model_providers") or []) + text("")
        self.names += clause_bytes(provider["provider_match"]) if provider.get("provider_match") else NONE
        for model in provider["models"]:
            sets = sets_of(model)
            self.names += clause_bytes(model["match"])
            self.prices += b"".join(self.one_set(one, i + 1 < len(sets)) for i, one in enumerate(sets))
        self.names += NONE


def value_text(value):
    return repr(value)[:-2] if value == int(value) else repr(value)


def lines_of(data, width=116):
    line, out = "   ", []
    for byte in data:
        if len(line) + len(str(byte)) + 2 > width:
            out.append(line)
            line = "   "
        line += " %d," % byte
    return "\n".join(out + [line])


def write(name, licence, date, body):
    with open(os.path.join(ROOT, name), "w", encoding="ascii") as out:
        out.write("/*\n * Made by cmake/make_prices.py from the published prices of\n")
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
    values = "".join(value_text(value) + " " for value in table.values).encode()
    parts = (("names", table.names), ("prices", table.prices), ("values", values))
    packed = {name: pack.pack(data) for name, data in parts}
    write("prices_data.h", licence, date, """#ifndef LLMC_MODEL_PRICES_DATA_H
#define LLMC_MODEL_PRICES_DATA_H

#include "model/price_table.h"

/* How long what is packed is, and how many there are. Values are numbers, each with a space behind it. */
#define LLMC__PRICES_NAMES_SIZE  %d
#define LLMC__PRICES_PRICES_SIZE %d
#define LLMC__PRICES_VALUES_SIZE %d
#define LLMC__PRICES_VALUES      %d
#define LLMC__PRICES_PROVIDERS   %d

extern const unsigned char llmc__prices_data_names[], llmc__prices_data_prices[], llmc__prices_data_values[];
extern const llmc__price_provider llmc__prices_data_providers[LLMC__PRICES_PROVIDERS];
extern const char llmc__prices_data_day[];

#endif
""" % (len(table.names), len(table.prices), len(values), len(table.values), len(providers)))
    write("prices_data.c", licence, date, """#include "model/prices_data.h"

const char llmc__prices_data_day[] = "%s";

const llmc__price_provider llmc__prices_data_providers[] = {
%s
};
%s""" % (date, "\n".join("    {%d, %d}, /* %s */" % row for row in table.rows),
         "".join("\nconst unsigned char llmc__prices_data_%s[] = {\n%s\n};\n" % (name, lines_of(packed[name]))
                 for name, _ in parts)))
    print("%d providers, %d models, %d bytes: %s" % (
        len(providers), sum(len(p["models"]) for p in providers),
        sum(map(len, packed.values())) + 8 * len(providers),
        ", ".join("%s %d of %d" % (name, len(packed[name]), len(data)) for name, data in parts)))


if __name__ == "__main__":
    main()
