"""Packs bytes for llmc__unpack (src/base/unpack.h tells the form): LZ77 with Huffman codes, both chosen to be short.

The same bytes are packed the same way by every Python: nothing here depends on a library or on chance.
"""
from collections import Counter

LITERALS, LENGTHS, DISTANCES = 256, 32, 33
MIN_LENGTH, MAX_LENGTH = 2, 400
LONGEST_CODE = 11
ROUNDS = 12


def bucket(value):
    """The symbol of a number, how many bits follow it, and which."""
    if value < 4:
        return value, 0, 0
    top = value.bit_length() - 1
    return 2 * top + (value >> (top - 1) & 1), top - 1, value & (1 << (top - 1)) - 1


def code_lengths(counts, symbols):
    """Of the best prefix code with no code longer than LONGEST_CODE: package-merge."""
    used = sorted((counts[s], s) for s in range(symbols) if counts[s])
    if len(used) < 2:
        return [1 if counts[s] else 0 for s in range(symbols)]
    lengths = [0] * symbols
    packages = []
    for _ in range(LONGEST_CODE):
        merged = sorted([(count, (s,)) for count, s in used] + packages)
        packages = [(merged[i][0] + merged[i + 1][0], merged[i][1] + merged[i + 1][1])
                    for i in range(0, len(merged) - 1, 2)]
    for _, members in packages[:len(used) - 1]:
        for s in members:
            lengths[s] += 1
    return lengths


def all_matches(data):
    """For each place: (length, distance) of earlier equal bytes, each longer than those nearer."""
    last, before, found = {}, [-1] * len(data), []
    for at in range(len(data)):
        here, best = [], MIN_LENGTH - 1
        most = min(len(data) - at, MAX_LENGTH)
        key = data[at:at + MIN_LENGTH]
        other = last.get(key, -1) if most >= MIN_LENGTH else -1
        while other >= 0 and best < most:
            if data[other + best] == data[at + best]:
                length = 0
                while length < most and data[other + length] == data[at + length]:
                    length += 1
                if length > best:
                    here.append((length, at - other))
                    best = length
            other = before[other]
        before[at] = last.get(key, -1)
        last[key] = at
        found.append(here)
    return found


def parse(data, matches, text_bits, distance_bits):
    """The cheapest way through: a list of (literal, 0) and (length, distance), distance 0 the one before."""
    cost = [0] + [1 << 60] * len(data)
    came = [None] * (len(data) + 1)
    last = [0] * (len(data) + 1)
    length_bits = [0, 0]
    for length in range(MIN_LENGTH, MAX_LENGTH + 1):
        symbol, extra, _ = bucket(length - MIN_LENGTH)
        length_bits.append(text_bits[LITERALS + symbol] + extra)

    def offer(at, length, distance, bits):
        if bits < cost[at + length]:
            cost[at + length], came[at + length], last[at + length] = bits, (at, distance), distance

    for at in range(len(data)):
        distance = last[at]
        if cost[at] + text_bits[data[at]] < cost[at + 1]:
            cost[at + 1], came[at + 1], last[at + 1] = cost[at] + text_bits[data[at]], (at, -1), distance
        length = 0
        while distance and at + length < len(data) and length < MAX_LENGTH and \
                data[at + length] == data[at + length - distance]:
            length += 1
            if length >= MIN_LENGTH:
                offer(at, length, distance, cost[at] + length_bits[length] + distance_bits[0])
        shortest = MIN_LENGTH
        for longest, distance in matches[at]:
            symbol, extra, _ = bucket(distance - 1)
            bits = cost[at] + distance_bits[1 + symbol] + extra
            for length in range(shortest, longest + 1):
                offer(at, length, distance, bits + length_bits[length])
            shortest = longest + 1
    steps, at, end = [], len(data), len(data)
    while at:
        at, distance = came[end]
        steps.append((data[at], -1) if distance < 0 else (end - at, distance))
        end = at
    out, before = [], 0
    for what, distance in reversed(steps):
        out.append((what, 0 if distance == before else distance))
        before = before if distance < 0 else distance
    return out


def symbols_of(steps):
    """(alphabet, symbol, bits that follow, which) of each step."""
    for what, distance in steps:
        if distance < 0:
            yield 0, what, 0, 0
            continue
        symbol, extra, value = bucket(what - MIN_LENGTH)
        yield 0, LITERALS + symbol, extra, value
        if distance == 0:
            yield 1, 0, 0, 0
        else:
            symbol, extra, value = bucket(distance - 1)
            yield 1, 1 + symbol, extra, value


class Bits:
    def __init__(self):
        self.text = []

    def put(self, value, count):
        if count:
            self.text.append(format(value, "0%db" % count))

    def lengths(self, lengths):
        at = 0
        while at < len(lengths):
            self.put(lengths[at], 4)
            at += 1
            if lengths[at - 1] == 0:
                more = 0
                while more < 15 and at < len(lengths) and lengths[at] == 0:
                    more, at = more + 1, at + 1
                self.put(more, 4)

    def bytes(self):
        text = "".join(self.text)
        text += "0" * (-len(text) % 8) + "0" * 16
        return bytes(int(text[at:at + 8], 2) for at in range(0, len(text), 8))


def codes_of(lengths):
    code, codes = 0, {}
    for length in range(1, LONGEST_CODE + 1):
        for symbol, own in enumerate(lengths):
            if own == length:
                codes[symbol] = code
                code += 1
        code <<= 1
    return codes


def written(steps, texts, distances):
    bits, codes = Bits(), (codes_of(texts), codes_of(distances))
    bits.lengths(texts)
    bits.lengths(distances)
    for alphabet, symbol, extra, value in symbols_of(steps):
        bits.put(codes[alphabet][symbol], (texts, distances)[alphabet][symbol])
        bits.put(value, extra)
    return bits.bytes()


def pack(data):
    matches = all_matches(data)
    text_bits, distance_bits = [6] * (LITERALS + LENGTHS), [5] * DISTANCES
    best = None
    for _ in range(ROUNDS):
        steps = parse(data, matches, text_bits, distance_bits)
        counts = (Counter(), Counter())
        for alphabet, symbol, _, _ in symbols_of(steps):
            counts[alphabet][symbol] += 1
        texts = code_lengths(counts[0], LITERALS + LENGTHS)
        distances = code_lengths(counts[1], DISTANCES)
        packed = written(steps, texts, distances)
        if best is None or len(packed) < len(best):
            best = packed
        text_bits = [length or LONGEST_CODE for length in texts]
        distance_bits = [length or LONGEST_CODE for length in distances]
    return best
