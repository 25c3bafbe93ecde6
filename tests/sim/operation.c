/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "operation.h"

#include "base/parse.h"
#include "base/u64.h"

#define INTERRUPT_MIN_USEC (10 * USEC_PER_MSEC)

static uint64_t gap(Rng *rng) {
        return rng_scale(rng, 5 * USEC_PER_SEC, USEC_PER_HOUR);
}

static Exclusive kind_choose(const Operations *o, Rng *rng) {
        uint64_t dice = rng_range(rng, 0, 99);

        if (dice < 30)
                return EXCLUSIVE_RECLAIM;
        /* One balance at a time is held. */
        if (dice < 45 || o->relocation != RELOCATION_NONE)
                return EXCLUSIVE_DEVICE_REMOVE;
        return dice < 90 ? EXCLUSIVE_BALANCE : EXCLUSIVE_BALANCE_PAUSED;
}

static OperationsNews operation_begin(Operations *o, Rng *rng, uint64_t now_usec) {
        o->exclusive = kind_choose(o, rng);
        o->begin_usec = USEC_INFINITY;
        o->end_usec = now_usec + (o->exclusive == EXCLUSIVE_RECLAIM
                                          ? rng_scale(rng, USEC_PER_SEC / 10, 20 * USEC_PER_SEC)
                                          : rng_scale(rng, 10 * USEC_PER_SEC, 2 * USEC_PER_HOUR));
        return OPERATIONS_SILENT;
}

static void slot_free(Operations *o, Rng *rng, uint64_t now_usec) {
        o->exclusive = EXCLUSIVE_NONE;
        o->end_usec = o->stop_usec = USEC_INFINITY;
        o->begin_usec = o->calm ? USEC_INFINITY : now_usec + gap(rng);
}

static OperationsNews operation_end(Operations *o, Rng *rng, uint64_t now_usec) {
        if (o->relocation != RELOCATION_HELD)
                o->relocation = RELOCATION_NONE;
        slot_free(o, rng, now_usec);
        return OPERATIONS_FREED;
}

/* Whoever paused it says when it goes on. */
static OperationsNews balance_stopped(Operations *o, Rng *rng, uint64_t now_usec) {
        o->held_by_client = o->exclusive == EXCLUSIVE_BALANCE_PAUSED;
        o->left_usec = o->end_usec - now_usec;
        o->relocation = RELOCATION_HELD;
        o->let_go_usec = o->held_by_client ? o->end_usec : USEC_INFINITY;
        slot_free(o, rng, now_usec);
        return OPERATIONS_FREED;
}

static OperationsNews client_lets_go(Operations *o) {
        o->held_by_client = false;
        o->let_go_usec = USEC_INFINITY;
        return OPERATIONS_TOLD;
}

static OperationsNews lease_change(Operations *o, Rng *rng, uint64_t now_usec) {
        bool more = o->leases == 0 || rng_chance(rng, 20);

        o->leases = more ? o->leases + 1 : 0;
        o->lease_usec = now_usec + gap(rng);
        return more ? OPERATIONS_NEW_LEASE : OPERATIONS_NO_LEASE;
}

void operations_init(Operations *o, uint64_t interrupt_max_usec) {
        *o = (Operations){
                .begin_usec = USEC_INFINITY,
                .end_usec = USEC_INFINITY,
                .stop_usec = USEC_INFINITY,
                .let_go_usec = USEC_INFINITY,
                .lease_usec = USEC_INFINITY,
                .interrupt_max_usec = interrupt_max_usec,
        };
}

void operations_start(Operations *o, uint64_t now_usec) {
        o->begin_usec = o->lease_usec = now_usec;
}

OperationFacts operations_facts(const Operations *o) {
        return (OperationFacts){
                .exclusive = o->exclusive,
                .relocation = o->relocation,
                .held_by_client = o->held_by_client,
                .leases = o->leases,
        };
}

bool operations_may_interrupt(const Operations *o) {
        return (o->exclusive == EXCLUSIVE_BALANCE || o->exclusive == EXCLUSIVE_BALANCE_PAUSED) &&
               (o->relocation == RELOCATION_NONE || o->relocation == RELOCATION_RUNNING);
}

void operations_interrupt(Operations *o, Rng *rng, uint64_t now_usec) {
        o->relocation = RELOCATION_INTERRUPTING;
        o->stop_usec = now_usec + rng_scale(rng, INTERRUPT_MIN_USEC, o->interrupt_max_usec);
}

void operations_continue(Operations *o, uint64_t now_usec) {
        o->relocation = RELOCATION_RUNNING;
        o->exclusive = EXCLUSIVE_BALANCE;
        o->begin_usec = USEC_INFINITY;
        o->end_usec = now_usec + o->left_usec;
}

uint64_t operations_next_usec(const Operations *o) {
        uint64_t next = u64_min(o->begin_usec, o->end_usec);

        next = u64_min(next, u64_min(o->stop_usec, o->let_go_usec));
        return u64_min(next, o->lease_usec);
}

OperationsNews operations_advance(Operations *o, Rng *rng, uint64_t now_usec) {
        if (now_usec >= o->end_usec)
                return operation_end(o, rng, now_usec);
        if (now_usec >= o->stop_usec)
                return balance_stopped(o, rng, now_usec);
        if (now_usec >= o->let_go_usec)
                return client_lets_go(o);
        if (now_usec >= o->lease_usec)
                return lease_change(o, rng, now_usec);
        return operation_begin(o, rng, now_usec);
}

void operations_calm_down(Operations *o, uint64_t now_usec) {
        o->begin_usec = o->lease_usec = o->let_go_usec = USEC_INFINITY;
        o->calm = true;
        o->held_by_client = false;
        o->leases = 0;
        o->left_usec = u64_min(o->left_usec, USEC_PER_MINUTE);
        if (o->end_usec != USEC_INFINITY)
                if (o->end_usec != USEC_INFINITY)
                        o->end_usec = u64_min(o->end_usec, now_usec + USEC_PER_MINUTE);
}
