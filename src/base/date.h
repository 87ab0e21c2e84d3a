/* Dates of the Gregorian calendar. */
#ifndef LLMC_BASE_DATE_H
#define LLMC_BASE_DATE_H

#include <stdint.h>

/* Days from 1970 to a date; negative before. The month may be 13: that of the next year's January. */
int64_t llmc__date_days(int64_t year, int64_t month, int64_t day);

#endif
