/*
 * JSON written after a pattern, for what is the same in each text but for a few values. The pattern is JSON whose names
 * are bare and whose own strings stand in '': "{type:'function',function:{name:%s,parameters:%j}}". It may begin or end
 * inside of an object or array, so that a text can be written in pieces; a name at its end is for the value that is
 * written next.
 */
#ifndef LLMC_WIRE_JSONFORM_H
#define LLMC_WIRE_JSONFORM_H

#include "wire/jsonw.h"

/*
 * Values: %s const char *, a string; %t const char * and size_t, a string of that length; %j const char *, JSON as it
 * stands; %d int64_t; %b int, true or false; %n const char *, the name of a member, with its colon behind it. A member
 * whose %s or %j is NULL is left out, and so is one with a '?' before its name, and no object or array behind it, when
 * the int that comes for it, before the value's own, is 0. What fails sticks in w->status.
 */
void llmc__jsonform_write(llmc__jsonw *w, const char *pattern, ...);

#endif
