/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * limit=N is stored where limit=N..M has its minimum, and the kernel takes the lower half of N for
 * one, whichever of the two was meant: limit=10 passes over chunks as long as fewer match than are
 * left of the ten. What is left of a limit that has been in use already is therefore given as a
 * range without minimum.
 */

#include "policy/balance-plan.h"

#include "base/u64.h"

#define FILTER_ANY_LIMIT (FILTER_LIMIT | FILTER_LIMIT_RANGE)

/* Until the kernel has counted what matches, its limits mean nothing: it counts by the same. */
static bool seen_is_counting(const BalanceSeen *seen) {
        return seen->stat.considered == 0;
}

static void filter_continue(BalanceFilter *own, const BalanceSeen *seen, BalanceType type,
                            uint64_t moved_since, bool moved) {
        const BalanceFilter *asked = &seen->asked.types[type], *left = &seen->args.types[type];
        uint64_t limit = seen_is_counting(seen) ? asked->limit_max : left->limit_max;
        uint64_t used;

        if (!(own->set & left->set & FILTER_ANY_LIMIT))
                return;

        limit = u64_subtract(limit, moved_since);
        used = u64_subtract(asked->limit_max, limit);
        own->limit_max = limit;
        if (used == 0)
                return;

        own->limit_min = 0;
        /* Chunks that were passed over for want of the minimum have been counted as well. */
        if ((own->set & FILTER_LIMIT_RANGE) && !moved)
                own->limit_min = u64_subtract(asked->limit_min, used);
        own->set = (own->set & ~(uint32_t)FILTER_LIMIT) | FILTER_LIMIT_RANGE;
        own->limit_max = u64_min(limit, UINT32_MAX);
}

static void stat_continue(BalanceStat *done, const BalanceSeen *seen, uint64_t moved_since) {
        done->completed += seen->stat.completed + moved_since;
        done->considered = u64_max(done->considered, seen->stat.considered + moved_since);
        if (done->expected == 0 && !seen_is_counting(seen))
                done->expected = seen->stat.expected;
}

void balance_plan_continue(BalancePlan *plan, const BalanceSeen *seen, uint64_t reached,
                           BalanceType type, const uint64_t moved_since[_BALANCE_TYPE_MAX]) {
        uint64_t moved = 0;
        BalanceType i;

        /* It was finishing a chunk, and nothing but that. */
        if (plan->finish != BALANCE_NOWHERE)
                return;

        /* It cannot have been there: a line of another balance. */
        if (reached >= plan->below)
                reached = BALANCE_NOWHERE;

        for (i = 0; i < _BALANCE_TYPE_MAX; i++) {
                filter_continue(&plan->args.types[i], seen, i, moved_since[i],
                                reached != BALANCE_NOWHERE && i == type);
                moved += moved_since[i];
        }
        stat_continue(&plan->done, seen, moved);

        if (reached == BALANCE_NOWHERE)
                return;
        plan->finish = reached;
        plan->below = reached;
}

void balance_plan_finished(BalancePlan *plan, const BalanceStat *stat) {
        plan->finish = BALANCE_NOWHERE;
        /* Gone: the cancellation came when it had been moved. */
        plan->done.completed += stat->expected == 0 ? 1 : stat->completed;
}

BalanceStat balance_plan_total(const BalancePlan *plan, const BalanceStat *now) {
        return (BalanceStat){
                .expected = plan->done.expected > 0 ? plan->done.expected : now->expected,
                .considered = u64_max(plan->done.considered, now->considered),
                .completed = plan->done.completed + now->completed,
        };
}

/* A chunk is converted to its target in whatever state the cancellation left it. */
static BalanceFilter filter_finish(const BalanceFilter *own, uint64_t logical) {
        return (BalanceFilter){
                .enabled = true,
                .set = FILTER_VRANGE | (own->set & FILTER_CONVERT),
                .convert = own->convert,
                .logical_start = logical,
                .logical_end = logical + 1,
        };
}

/* False: nothing of this type is left. */
static bool filter_rest(BalanceFilter *filter, uint64_t below) {
        if ((filter->set & FILTER_ANY_LIMIT) && filter->limit_max == 0)
                return false;
        if (below == BALANCE_NOWHERE)
                return true;

        if (!(filter->set & FILTER_VRANGE)) {
                filter->set |= FILTER_VRANGE;
                filter->logical_start = 0;
                filter->logical_end = below;
        }
        filter->logical_end = u64_min(filter->logical_end, below);
        return filter->logical_start < filter->logical_end;
}

int balance_plan_next(const BalancePlan *plan, BalanceArgs *ret, bool *ret_finishing) {
        bool finishing = plan->finish != BALANCE_NOWHERE, any = false;
        BalanceArgs args = plan->args;
        BalanceFilter *filter;
        BalanceType i;

        for (i = 0; i < _BALANCE_TYPE_MAX; i++) {
                filter = &args.types[i];
                if (!filter->enabled)
                        continue;
                if (finishing)
                        *filter = filter_finish(filter, plan->finish);
                else if (!filter_rest(filter, plan->below))
                        *filter = (BalanceFilter){ 0 };
                any = any || filter->enabled;
        }
        if (!any)
                return 0;

        *ret = args;
        *ret_finishing = finishing;
        return 1;
}
