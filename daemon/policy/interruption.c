/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/interruption.h"

#include "base/parse.h"
#include "base/u64.h"
#include "policy/sizing.h"

/* So long is waited for more to be turned on, counted from what was turned on last. */
#define PATIENCE_USEC (10 * USEC_PER_SEC)

/* Headroom that is gone sooner than that, as it fills now, would interrupt the balance again. */
#define RELIEF_USEC (10 * USEC_PER_SEC)

#define INTERRUPT_MIN_USEC (100 * USEC_PER_MSEC)
#define INTERRUPT_MAX_USEC (30 * USEC_PER_SEC)

bool interruption_slot_is_taken(const Sample *in) {
        /* Another swapon takes milliseconds: trying again is the way to wait for it. */
        return in->operation.exclusive != EXCLUSIVE_NONE &&
               in->operation.exclusive != EXCLUSIVE_SWAP_ACTIVATE;
}

bool interruption_may_help(const PolicyConfig *c, const Sample *in) {
        if (c->on_balance == ON_BALANCE_WAIT)
                return false;
        /* Only one can be held: a balance begun meanwhile by somebody else has to end. */
        if (in->operation.relocation == RELOCATION_HELD)
                return false;
        return in->operation.exclusive == EXCLUSIVE_BALANCE ||
               in->operation.exclusive == EXCLUSIVE_BALANCE_PAUSED;
}

/* As elsewhere, a quarter of what is wanted; or what fills up while the balance is interrupted,
 * twice. */
static bool is_critical(const PolicyState *s, const Sample *in, uint64_t wanted_bytes) {
        uint64_t filled = u64_scale(s->fill.bytes_per_sec, 2 * s->interrupt_usec, USEC_PER_SEC);

        return in->headroom_bytes <
               u64_clamp(filled, sizing_critical_bytes(in, wanted_bytes), wanted_bytes);
}

bool interruption_is_due(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                         uint64_t wanted_bytes) {
        if (!interruption_may_help(c, in) || in->headroom_bytes >= wanted_bytes)
                return false;
        /* What would be turned on then was refused a moment ago. */
        if (backoff_is_waiting(&s->interrupt, in->now_usec) ||
            backoff_is_waiting(&s->enable, in->now_usec))
                return false;
        return c->on_balance == ON_BALANCE_INTERRUPT || is_critical(s, in, wanted_bytes);
}

static uint64_t patience_end_usec(const PolicyState *s) {
        return s->held_usec + PATIENCE_USEC;
}

bool interruption_is_over(const PolicyState *s, const Sample *in, const Decision *need) {
        uint64_t refused_until = u64_max(s->enable.until_usec, s->prepare.until_usec);

        if (in->operation.relocation != RELOCATION_HELD || in->operation.held_by_client)
                return false;
        if (interruption_slot_is_taken(in) || backoff_is_waiting(&s->resume, in->now_usec))
                return false;
        if (need->action == ACTION_ENABLE)
                return false;
        if (in->now_usec >= patience_end_usec(s))
                return true;
        if (need->action != ACTION_NONE || need->reason == REASON_BUSY)
                return false;
        if (need->reason == REASON_REFUSED)
                return refused_until >= patience_end_usec(s);
        /* Anything else is an obstacle that waiting does not move. */
        if (need->reason != REASON_CALM)
                return true;
        return u64_subtract(in->headroom_bytes, sizing_tail_bytes(in)) >=
               u64_scale(s->fill.latest_bytes_per_sec, RELIEF_USEC, USEC_PER_SEC);
}

/* Slow once is believed at once; fast again has to prove itself. */
static void learn(PolicyState *s, uint64_t took_usec) {
        uint64_t took = u64_clamp(took_usec, INTERRUPT_MIN_USEC, INTERRUPT_MAX_USEC);

        s->interrupt_usec = took > s->interrupt_usec
                                    ? took
                                    : s->interrupt_usec - (s->interrupt_usec - took) / 4;
}

void interruption_observe(PolicyState *s, const Sample *in) {
        RelocationState relocation = in->operation.relocation;

        if (relocation == RELOCATION_INTERRUPTING && s->interrupting_usec == 0)
                s->interrupting_usec = in->now_usec;
        if (relocation != RELOCATION_INTERRUPTING && s->interrupting_usec != 0) {
                learn(s, in->now_usec - s->interrupting_usec);
                s->interrupting_usec = 0;
        }

        if (relocation != RELOCATION_HELD)
                s->held_usec = 0;
        else if (s->held_usec == 0)
                s->held_usec = in->now_usec;
        if (relocation == RELOCATION_NONE)
                backoff_reset(&s->resume);
}

void interruption_remember(PolicyState *s, const Sample *in, const Decision *d) {
        if (d->action == ACTION_INTERRUPT)
                s->in_vain = true;
        if (d->action != ACTION_CONTINUE || !s->in_vain)
                return;

        /* Nothing was turned on: whatever it was that failed, it must not stop the balance over and
         * over. */
        backoff_fail(&s->interrupt, in->now_usec, 5 * USEC_PER_SEC, 5 * USEC_PER_MINUTE);
        s->in_vain = false;
}

void interruption_note_enabled(PolicyState *s) {
        s->in_vain = false;
        backoff_reset(&s->interrupt);
        if (s->held_usec != 0)
                s->held_usec = s->last_sample_usec;
}

void interruption_note_refused(PolicyState *s, Action action, uint64_t now_usec, bool passes) {
        if (action == ACTION_CONTINUE) {
                backoff_fail(&s->resume, now_usec, USEC_PER_SEC, USEC_PER_MINUTE);
                return;
        }
        s->in_vain = false;
        backoff_fail(&s->interrupt, now_usec, passes ? USEC_PER_SEC / 4 : 5 * USEC_PER_SEC,
                     passes ? 8 * USEC_PER_SEC : 5 * USEC_PER_MINUTE);
}

uint64_t interruption_look_usec(const PolicyState *s, const Sample *in) {
        uint64_t until = u64_max(patience_end_usec(s), s->resume.until_usec);

        if (in->operation.relocation != RELOCATION_HELD || in->operation.held_by_client)
                return USEC_INFINITY;
        /* The end of what took the slot meanwhile is told. */
        if (interruption_slot_is_taken(in) || until <= in->now_usec)
                return USEC_INFINITY;
        return until - in->now_usec;
}
