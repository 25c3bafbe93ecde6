/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/pace.h"

#include "base/parse.h"
#include "base/u64.h"
#include "policy/interruption.h"

#define LOOK_MIN_USEC (50 * USEC_PER_MSEC)
#define LOOK_PRESSED_USEC (500 * USEC_PER_MSEC)
#define LOOK_FILLING_USEC (2 * USEC_PER_SEC)
#define LOOK_WAITING_USEC (10 * USEC_PER_SEC)
#define LOOK_IDLE_MAX_USEC USEC_PER_HOUR

/*
 * The fastest that memory can go without a trigger to tell. kswapd's work counts as a stall: it
 * reclaims a GiB in a second that is nothing but stall, and stays below the threshold of the
 * trigger in proportion. Without triggers, a program writes that fast.
 */
#define KSWAPD_BYTES_PER_SEC GIB

/* What one program in a cgroup with a limit writes out, mostly. */
#define SWAP_OUT_BYTES_PER_SEC (64 * MIB)

uint64_t pace_shrink_not_before(const PolicyConfig *c, const PolicyState *s) {
        uint64_t when = u64_add(s->calm_since_usec, c->calm_usec);

        if (s->last_shrink_usec != 0)
                when = u64_max(when, s->last_shrink_usec + c->interval_usec);
        return u64_max(when, s->shrink.until_usec);
}

static uint64_t unseen_bytes_per_sec(const PolicyConfig *c, const Sample *in) {
        if (in->pressure.source == PRESSURE_VMSTAT)
                return KSWAPD_BYTES_PER_SEC;
        return u64_max(1, KSWAPD_BYTES_PER_SEC / PERMYRIAD_ONE * c->pressure_permyriad);
}

/*
 * Before half of the headroom could be used up, at the rates that were seen and those that are not:
 * the other half is for the file that is made then. The kernel swaps out long before MemAvailable
 * is 0, so its last part, the margin, is no room.
 */
static uint64_t look_by_room(const PolicyConfig *c, const PolicyState *s, const Sample *in) {
        uint64_t room =
                u64_subtract(in->memory.available_bytes, c->margin_bytes) + in->headroom_bytes / 2;
        uint64_t rate = u64_max(unseen_bytes_per_sec(c, in), 2 * s->taken.bytes_per_sec);

        uint64_t wait = room / u64_max(1, rate / USEC_PER_SEC);

        /* Within a memory cgroup swap fills with plenty of memory available, and without triggers
         * nobody tells. */
        if (in->pressure.source == PRESSURE_VMSTAT)
                wait = u64_min(wait, in->headroom_bytes / (SWAP_OUT_BYTES_PER_SEC / USEC_PER_SEC));
        return u64_clamp(wait, LOOK_MIN_USEC, LOOK_IDLE_MAX_USEC);
}

static uint64_t look_while_filling(const PolicyState *s, const Sample *in) {
        uint64_t room = u64_subtract(in->headroom_bytes, sizing_tail_bytes(in));
        uint64_t lasts = room / u64_max(1, s->fill.bytes_per_sec / USEC_PER_SEC);

        return u64_clamp(lasts / 4, LOOK_MIN_USEC, LOOK_FILLING_USEC);
}

/*
 * Memory may go as fast as it likes: there is nothing to be done about it. Where an operation has
 * to end first, its end is told.
 */
static bool is_stuck(const PolicyConfig *c, const Sample *in, Reason reason) {
        switch (reason) {
        case REASON_AT_MAXIMUM:
        case REASON_NO_SPACE:
        case REASON_NO_AREAS:
        case REASON_PROFILE:
        case REASON_READ_ONLY:
        case REASON_NO_POOL:
        case REASON_DRAINED:
        case REASON_SLEEP:
                return true;
        case REASON_OPERATION:
                return !interruption_may_help(c, in);
        default:
                return false;
        }
}

/* Swap may fill slowly, and be all but full: nobody tells when it becomes critical. */
static bool is_waiting_for_slot(const Decision *d) {
        return (d->reason == REASON_OPERATION || d->reason == REASON_RECLAIM) &&
               d->headroom_bytes < d->wanted_bytes;
}

static uint64_t look_by_reason(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                               Reason reason) {
        uint64_t until = reason == REASON_REFUSED
                                 ? u64_max(s->enable.until_usec, s->prepare.until_usec)
                                 : pace_shrink_not_before(c, s);

        if (reason == REASON_REFUSED || reason == REASON_SETTLING)
                return until > in->now_usec ? until - in->now_usec : LOOK_FILLING_USEC;
        if (reason == REASON_MEMORY_SHORT)
                return c->interval_usec;
        /* Whoever looks for the directory knows when to look again. */
        if (reason == REASON_DRAINED || reason == REASON_NO_POOL)
                return LOOK_IDLE_MAX_USEC;
        return is_stuck(c, in, reason) ? LOOK_WAITING_USEC : LOOK_IDLE_MAX_USEC;
}

uint64_t pace_next_look(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                        const Decision *d) {
        uint64_t wait = look_by_reason(c, s, in, d->reason);

        if (d->action != ACTION_NONE)
                return in->now_usec;
        wait = u64_min(wait, interruption_look_usec(s, in));
        if (in->job == JOB_DRAIN)
                wait = u64_min(wait, LOOK_PRESSED_USEC);
        if (is_stuck(c, in, d->reason))
                return in->now_usec + wait;
        if (is_waiting_for_slot(d))
                wait = u64_min(wait, LOOK_FILLING_USEC);

        wait = u64_min(wait, look_by_room(c, s, in));
        if (s->fill.bytes_per_sec > PACE_CALM_BYTES_PER_SEC)
                wait = u64_min(wait, look_while_filling(s, in));
        if (s->pressed)
                wait = u64_min(wait, LOOK_PRESSED_USEC);
        return in->now_usec + wait;
}
