/* Work of many errands: as many at once as it lets begin, each ending by starting the next. */
#ifndef LLMC_API_CREW_H
#define LLMC_API_CREW_H

#include "api/work.h"

/* What such work begins with as its kind. */
typedef struct llmc__crew_kind {
    llmc__work_kind work; /* its go_on is llmc__crew_run */
    /* With the lock held: an errand that may start now; NULL: none. */
    llmc__errand *(*next)(llmc__work *work);
    /* Without the lock, all of them, and one at a time. */
    llmc_status (*start)(llmc__errand *errand); /* by llmc__errand_start; LLMC_OK also where it was put back */
    void (*tell)(llmc__errand *errand);         /* it has ended */
    void (*end)(llmc__work *work);              /* after the last one */
} llmc__crew_kind;

/*
 * Tells what has ended and starts what may start, until neither is left. Any thread: where two come at once, as errands
 * of several loops may end together, the first one does the work of both. So callbacks come one at a time, never under
 * the lock, and no stack grows with the number of errands.
 */
void llmc__crew_run(llmc__work *work);

#endif
