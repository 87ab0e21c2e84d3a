/* Runs of characters in a JSON string, by blocks of bytes. */
#ifndef LLMC_WIRE_JSON_RUN_H
#define LLMC_WIRE_JSON_RUN_H

/* Where the run of characters that stand for themselves ends: at a quote, a backslash or the end. */
const char *llmc__json_run_text(const char *p, const char *end);

/* Where the run ends that is all ASCII and free of control characters as well. */
const char *llmc__json_run_plain(const char *p, const char *end);

#endif
