/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/u64.h"
#include "manager/upkeep-internal.h"
#include "policy/balance-chunk.h"

static int balance_start(Manager *m, const BalanceArgs *args) {
        /* What nobody waits for is to disturb nobody. */
        JobIo io = m->upkeep.job != 0 ? JOB_IO_NORMAL : JOB_IO_IDLE;

        if (!m->relocation)
                return -ENOTCONN;
        return relocation_start(m->relocation, args, io);
}

/* ---- the first pass ---- */

/* The kernel counts what it moved of all types together; apart, it can be held against a limit. */
int upkeep_balance_others(Manager *m) {
        BalanceArgs others;

        if (!balance_args_without_data(&m->upkeep.args, &others))
                return 1;
        return balance_start(m, &others);
}

int upkeep_balance_first(Manager *m) {
        Upkeep *u = &m->upkeep;
        BalanceArgs args = u->args;

        if (u->split) {
                args.types[BALANCE_METADATA] = (BalanceFilter){ 0 };
                args.types[BALANCE_SYSTEM] = (BalanceFilter){ 0 };
        }
        return balance_start(m, &args);
}

/* ---- what pinned chunks took of the limit ---- */

/* The chunks between two that are pinned, from the top down; those made meanwhile lie above it. */
static BalancePart gap_of(const Upkeep *u, unsigned i) {
        const LeftChunk *items = u->pinned.items;

        return (BalancePart){
                .start = i < u->pinned.n ? items[i].logical + items[i].length_bytes : 0,
                .end = i > 0 ? items[i - 1].logical : u->top,
                .mixed = u->mixed,
        };
}

int upkeep_balance_between(Manager *m) {
        Upkeep *u = &m->upkeep;
        BalanceArgs args;
        int r;

        for (; u->between <= u->pinned.n; u->between++) {
                BalancePart gap = gap_of(u, u->between);

                if (!balance_args_between(&u->args, &gap, u->limit_left, &args))
                        continue;
                r = balance_start(m, &args);
                if (r >= 0)
                        u->between++;
                return r;
        }
        return 1;
}

/* ---- which of those that are left would match ---- */

/* Those that can be moved first, then from the top down, as the kernel goes. */
static int by_preference(const void *a, const void *b) {
        const LeftChunk *x = a, *y = b;

        if (x->ours != y->ours)
                return x->ours ? -1 : 1;
        return x->logical < y->logical ? 1 : -(x->logical > y->logical);
}

static void keep_within_limit(Upkeep *u) {
        qsort(u->left.items, u->left.n, sizeof(u->left.items[0]), by_preference);
        if (u->left.n > u->limit_left)
                u->left.n = (unsigned)u->limit_left;
        if (u->limit_left <= LEFT_MAX)
                u->left.more = 0;
}

static void take_probes(Upkeep *u, const ProbeChunk *chunks, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                if (chunks[i].result == PROBE_MOVED) {
                        u->balance_stat.completed++;
                        u->limit_left = u64_subtract(u->limit_left, u->limited ? 1 : 0);
                }
                if (chunks[i].result == PROBE_OTHER || chunks[i].result == PROBE_MOVED)
                        left_remove(&u->left, chunks[i].logical);
        }
        keep_within_limit(u);
}

static void on_probed(void *userdata, int error, const ProbeChunk *chunks, unsigned n) {
        Manager *m = userdata;
        Upkeep *u = &m->upkeep;

        u->probe = NULL;
        take_probes(u, chunks, n);
        /* For the sake of swap any balance is cancelled, and a probe is one. */
        if ((error == -EBUSY || error == -ECANCELED) && !u->cancel)
                upkeep_again(m);
        else if (error < 0 && !u->cancel)
                upkeep_fail(m, error, "cannot ask which block groups match");
        else
                upkeep_ended(m);
}

int upkeep_balance_probe(Manager *m) {
        Upkeep *u = &m->upkeep;
        uint64_t chunks[LEFT_MAX];

        for (unsigned i = 0; i < u->left.n; i++)
                chunks[i] = u->left.items[i].logical;
        return balance_probe_start(m->event, pool_get_fd(m->pool), &u->args, chunks, u->left.n,
                                   on_probed, m, &u->probe);
}

/* ---- the second pass: one chunk after the other ---- */

static LeftChunk *next_reachable(LeftChunks *left) {
        for (unsigned i = 0; i < left->n; i++)
                if (!left->items[i].pinned && !left->items[i].tried)
                        return &left->items[i];
        return NULL;
}

int upkeep_balance_second(Manager *m) {
        Upkeep *u = &m->upkeep;
        LeftChunk *chunk = next_reachable(&u->left);
        BalanceArgs args;
        BalancePart part;

        if (!chunk)
                return 1;
        u->second = chunk->logical;
        part = (BalancePart){ .start = chunk->logical, .mixed = u->mixed };
        balance_args_only(&u->args, &part, &args);
        return balance_start(m, &args);
}

static void second_ended(Upkeep *u, int error, const BalanceStat *stat) {
        LeftChunk *chunk = left_find(&u->left, u->second);

        if (!chunk)
                return;
        chunk->tried = true;
        if (error == 0 && (stat->completed > 0 || stat->expected == 0))
                left_remove(&u->left, u->second);
}

/* ---- its end ---- */

bool upkeep_balance_goes_on(const Upkeep *u) {
        if (u->stage == STAGE_BETWEEN)
                return u->limit_left > 0 && u->between <= u->pinned.n;
        return u->stage == STAGE_SECOND && left_reachable(&u->left) > 0;
}

static void count(Upkeep *u, const BalanceStat *stat) {
        u->balance_stat.completed += stat->completed;
        if (u->limited && u->stage != STAGE_OTHERS)
                u->limit_left = u64_subtract(u->limit_left, stat->completed);
        if (u->stage != STAGE_OTHERS && u->stage != STAGE_FIRST)
                return;
        u->balance_stat.expected += stat->expected;
        u->balance_stat.considered = u64_max(u->balance_stat.considered, stat->considered);
}

/* A range of a limit begins to count only from so many on. */
static bool below_minimum(const Upkeep *u, const BalanceStat *stat) {
        const BalanceFilter *filter = &u->args.types[BALANCE_DATA];

        return u->stage == STAGE_FIRST && (filter->set & FILTER_LIMIT_RANGE) &&
               stat->expected < filter->limit_min;
}

static bool is_balancing(const Upkeep *u) {
        return u->begun && u->operation == OPERATION_BALANCE &&
               (u->stage == STAGE_OTHERS || u->stage == STAGE_FIRST || u->stage == STAGE_BETWEEN ||
                u->stage == STAGE_SECOND);
}

static void note_no_space(Upkeep *u) {
        u->no_space = true;
        (void)snprintf(u->obstacle, sizeof(u->obstacle),
                       "there is no space to move some block groups to; free some, or balance with "
                       "'-dusage=0' first");
}

void upkeep_relocation_ended(Manager *m, int error, const BalancePlan *plan) {
        Upkeep *u = &m->upkeep;
        BalanceStat stat = plan ? plan->done : (BalanceStat){ 0 };

        if (!is_balancing(u))
                return;
        /* Somebody took the slot before: nothing was done, and it is all to be done again. */
        if (error == -EBUSY && !u->cancel) {
                if (u->stage == STAGE_BETWEEN)
                        u->between--;
                upkeep_again(m);
                return;
        }
        count(u, &stat);
        if (u->stage == STAGE_SECOND)
                second_ended(u, error, &stat);
        if (error == -ENOSPC)
                note_no_space(u);
        if (below_minimum(u, &stat))
                u->limit_left = 0;

        if (error == -ECANCELED && !u->cancel)
                upkeep_fail(m, error, "somebody stopped the balance");
        else if (error < 0 && error != -ENOSPC && !u->cancel)
                upkeep_fail(m, error, "cannot balance");
        else
                upkeep_ended(m);
}
