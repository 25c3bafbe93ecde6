/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A balance, and how far it has come
 *
 * The kernel walks chunks from the highest address down and writes what it moves to chunks above
 * all others. So a balance that was cancelled goes on where it was when it is started again below
 * the chunk it had reached, with its own filters and what is left of its limits. The chunk in
 * which it was cancelled had been chosen already, and by now it may not match the filters any more:
 * it is finished first, by its address alone. Nothing is added to the filters, unlike by the
 * kernel's own resume (update_balance_args() adds usage=90). Pure.
 */

#include "policy/balance-filter.h"

#define BALANCE_NOWHERE UINT64_MAX

/* As the kernel counts: chunks that match, that were looked at, that were moved. */
typedef struct BalanceStat {
        uint64_t expected;
        uint64_t considered;
        uint64_t completed;
} BalanceStat;

typedef struct BalancePlan {
        BalanceArgs args;
        uint64_t finish;  /* begin with the chunk at this address; BALANCE_NOWHERE: none */
        uint64_t below;   /* then those that begin below; BALANCE_NOWHERE: all */
        BalanceStat done; /* by what ran before; `expected` is that of the whole */
        bool paused;      /* was found paused by its owner: goes on only when somebody says so */
        bool ours;        /* begun by this daemon, not by somebody else */
} BalancePlan;

#define BALANCE_PLAN_NEW(a)                                                                        \
        ((BalancePlan){ .args = (a), .finish = BALANCE_NOWHERE, .below = BALANCE_NOWHERE })

/*
 * What BTRFS_IOC_BALANCE_PROGRESS said while it ran, limits counted down by the kernel. As long as
 * nothing is `considered` the kernel counts what matches, and the limits in `args` are not to be
 * relied on. A balance that was resumed has usage=90 in `args` and not in `asked`.
 */
typedef struct BalanceSeen {
        BalanceArgs args;
        BalanceArgs asked; /* as it was begun */
        BalanceStat stat;
        bool running; /* false: paused */
} BalanceSeen;

/*
 * The rest of a balance that was cancelled. The plan of a balance that was somebody else's is
 * BALANCE_PLAN_NEW(seen.args). `seen` is what it said just before; `reached` the chunk
 * that it was at when it ended (BALANCE_NOWHERE: unknown, then all over again, which what was moved
 * does not match a second time but for a balance without filters); `type` that chunk's.
 * `moved_since[]` counts, for each type, the chunks that were begun between the two, `reached`
 * among them: the kernel's limits had not been counted down for those when it was asked. While the
 * chunk that was begun is being finished, the plan stays as it is.
 */
void balance_plan_continue(BalancePlan *plan, const BalanceSeen *seen, uint64_t reached,
                           BalanceType type, const uint64_t moved_since[_BALANCE_TYPE_MAX]);

/*
 * What to hand to the kernel next: 1 and the arguments of the next call, `*ret_finishing` if it is
 * for the chunk that was begun; 0 when nothing is left (a limit that is used up).
 */
int balance_plan_next(const BalancePlan *plan, BalanceArgs *ret, bool *ret_finishing);

/* The call for the chunk that was begun is through, with these counts. */
void balance_plan_finished(BalancePlan *plan, const BalanceStat *stat);

/* For people: all that ran before, and the counts of the call that runs. */
BalanceStat balance_plan_total(const BalancePlan *plan, const BalanceStat *now);
