/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What must hold while others work on the filesystem
 */

#include "base/parse.h"
#include "check.h"

/* The longest that a machine with any trigger, or a pool that fills, goes without a look. */
#define LOOK_WITHIN_USEC (2500 * USEC_PER_MSEC)

/* What fails or is in vain doubles from 5 s to 5 min; a failure that passes, from a quarter of a
 * second to 8 s. */
#define APART_USEC (5 * USEC_PER_SEC)
#define FRUITLESS_INTERRUPTS_PER_HOUR_MAX 24
#define PASSING_INTERRUPTS_PER_HOUR_MAX 480

/* A balance that could go on does not wait longer than that for a file to come, and a look. */
#define HELD_MAX_USEC (10 * USEC_PER_SEC + LOOK_WITHIN_USEC)

static bool is_usable(const SlotFacts *s) {
        return s->state == SLOT_SPARE && !s->broken && !s->avoided;
}

static bool spare_is_ready(const Sim *sim) {
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (is_usable(&sim->slots[i]))
                        return true;
        return false;
}

void check_interrupt(Sim *sim, const Sample *in, const Decision *d) {
        bool fails = sim->scenario.job_failure_percent > 0;
        uint64_t fruitless =
                fails ? PASSING_INTERRUPTS_PER_HOUR_MAX : FRUITLESS_INTERRUPTS_PER_HOUR_MAX;

        check_expect(sim, sim->scenario.config.on_balance != ON_BALANCE_WAIT,
                     "OnBalance=wait never interrupts");
        check_expect(sim, operations_may_interrupt(&sim->operations),
                     "only a balance is interrupted, once");
        check_expect(sim, in->headroom_bytes < d->wanted_bytes,
                     "a balance is interrupted in need alone");
        check_expect(sim, spare_is_ready(sim), "a balance is interrupted for something");
        check_expect(sim, in->areas_used < in->areas_max,
                     "a balance is interrupted for what can be turned on");
        check_expect(sim,
                     fails || sim->interrupted_usec == 0 ||
                             sim->grown_usec > sim->interrupted_usec ||
                             in->now_usec >= sim->interrupted_usec + APART_USEC,
                     "a balance is not interrupted again for nothing");
        check_expect(sim,
                     tally_last_hour(&sim->interrupts, in->now_usec) <=
                             tally_last_hour(&sim->enables, in->now_usec) + fruitless,
                     "a balance is interrupted about as often as the pool grows");
        sim->interrupted_usec = in->now_usec;
}

void check_continue(Sim *sim, const Sample *in) {
        check_expect(sim, in->operation.relocation == RELOCATION_HELD, "only what is held goes on");
        check_expect(sim, !in->operation.held_by_client, "what a client holds is his");
        check_expect(sim, in->operation.exclusive == EXCLUSIVE_NONE,
                     "a balance goes on when the slot is free");
}

/* Swap is full with a spare at hand, and all that is in the way is a balance, if anything. */
static bool is_blocked(const Sim *sim) {
        const Operations *o = &sim->operations;
        bool balance =
                o->exclusive == EXCLUSIVE_BALANCE || o->exclusive == EXCLUSIVE_BALANCE_PAUSED;

        if (!sim->machine.starved || !spare_is_ready(sim))
                return false;
        if (o->exclusive == EXCLUSIVE_NONE)
                return true;
        return balance && sim->scenario.config.on_balance != ON_BALANCE_WAIT;
}

static bool is_unseen(const Sim *sim) {
        return sim->scenario.family == FAMILY_WILD && sim->scenario.model.source == PRESSURE_VMSTAT;
}

static bool is_held(const Sim *sim) {
        const Operations *o = &sim->operations;

        return o->relocation == RELOCATION_HELD && !o->held_by_client &&
               o->exclusive == EXCLUSIVE_NONE;
}

/* How long it has been so; 0: it is not. */
static uint64_t lasts_usec(bool is_so, uint64_t *since_usec, uint64_t now_usec) {
        if (!is_so)
                *since_usec = 0;
        else if (*since_usec == 0)
                *since_usec = now_usec;
        return is_so ? now_usec - *since_usec : 0;
}

void check_operation_moment(Sim *sim) {
        uint64_t now = sim->machine.now_usec;
        uint64_t blocked = lasts_usec(is_blocked(sim), &sim->blocked_usec, now);
        uint64_t held = lasts_usec(is_held(sim), &sim->held_usec, now);

        if (sim->scenario.family == FAMILY_HOSTILE)
                return;
        /* Without triggers nobody tells that swap fills as fast as the disk takes it. */
        check_expect(sim,
                     is_unseen(sim) ||
                             blocked <= sim->scenario.interrupt_max_usec + LOOK_WITHIN_USEC,
                     "swap is not full for longer than interrupting a balance takes");
        check_expect(sim, held <= HELD_MAX_USEC || now <= sim->grown_usec + HELD_MAX_USEC,
                     "a balance is not held for nothing");
}
