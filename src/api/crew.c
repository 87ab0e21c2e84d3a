#include "api/crew.h"

#include "model/error.h"

static const llmc__crew_kind *kind_of(const llmc__work *work) {
    return (const llmc__crew_kind *)(const void *)work->rest->kind;
}

/* The client's end cancels: nothing can be sent any more. */
static llmc_status note_closing(llmc__work *work, llmc_status status) {
    if (status != LLMC_ERR_CLOSED)
        return status;
    llmc__work_cancel(work);
    return LLMC_ERR_CANCELLED;
}

/* False: it has ended already, and its response, if there was memory for one, says why. */
static bool launch(llmc__work *work, llmc__errand *errand, bool cancelled) {
    llmc_status status = LLMC_ERR_CANCELLED;
    const char *message = "cancelled before it was sent";
    if (!cancelled) {
        status = kind_of(work)->start(errand);
        message = llmc__error_last_text();
    }
    if (status != LLMC_OK && !errand->response)
        errand->response = llmc__work_refusal(work, note_closing(work, status), message);
    return status == LLMC_OK;
}

/* With the lock held, which it lets go while it calls out. */
static void tell_ended(llmc__work *work) {
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&work->rest->ended))) {
        llmc__mutex_unlock(&work->lock);
        kind_of(work)->tell(LLMC__CONTAINER(node, llmc__errand, node));
        llmc__mutex_lock(&work->lock);
    }
}

/* Likewise. */
static void launch_waiting(llmc__work *work) {
    llmc__errand *errand;
    while ((errand = kind_of(work)->next(work))) {
        bool cancelled = work->cancelled, started;
        llmc__mutex_unlock(&work->lock);
        started = launch(work, errand, cancelled);
        llmc__mutex_lock(&work->lock);
        if (!started)
            llmc__list_push_back(&work->rest->ended, &errand->node);
    }
}

void llmc__crew_run(llmc__work *work) {
    bool last = false;
    llmc__mutex_lock(&work->lock);
    if (!work->running) {
        work->running = true;
        do {
            tell_ended(work);
            launch_waiting(work);
        } while (llmc__list_first(&work->rest->ended));
        work->running = false;
        last = !llmc__list_first(&work->rest->flying) && !work->finishing;
        work->finishing = work->finishing || last;
    }
    llmc__mutex_unlock(&work->lock);
    if (last)
        kind_of(work)->end(work);
}
