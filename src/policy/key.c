#include "policy/key.h"

#include <string.h>
#include "base/varint.h"

void llmc__key_flush(llmc__key *key) {
    key->sink(key, key->stage, key->staged);
    key->sunk += key->staged;
    key->staged = 0;
}

void llmc__key_raw(llmc__key *key, const void *bytes, size_t len) {
    if (len > key->cap - key->staged)
        llmc__key_flush(key);
    if (len > key->cap) {
        key->sink(key, bytes, len);
        key->sunk += len;
        return;
    }
    memcpy(key->stage + key->staged, bytes, len);
    key->staged += len;
}

/* Apart, so that a small number needs no frame. */
__attribute__((noinline)) static void put_long_number(llmc__key *key, uint64_t number) {
    if (key->cap - key->staged < LLMC__VARINT_BYTES)
        llmc__key_flush(key);
    key->staged += llmc__varint_put(key->stage + key->staged, number);
}

/* Most are small. */
void llmc__key_number(llmc__key *key, uint64_t number) {
    if (number < 0x80 && key->staged < key->cap)
        key->stage[key->staged++] = (unsigned char)number;
    else
        put_long_number(key, number);
}

void llmc__key_signed(llmc__key *key, int64_t number) {
    llmc__key_number(key, number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1);
}

void llmc__key_bytes(llmc__key *key, const char *bytes, size_t len) {
    llmc__key_number(key, bytes != NULL ? (uint64_t)len + 1 : 0);
    if (bytes != NULL)
        llmc__key_raw(key, bytes, len);
}

void llmc__key_text(llmc__key *key, const char *text) {
    llmc__key_bytes(key, text, text != NULL ? strlen(text) : 0);
}

void llmc__key_secret(llmc__key *key, const char *text) {
    uint64_t hash[2];
    llmc__key_number(key, text != NULL);
    if (text == NULL)
        return;
    llmc__hash_sip128(key->secret, text, strlen(text), hash);
    llmc__key_raw(key, hash, sizeof hash);
}
