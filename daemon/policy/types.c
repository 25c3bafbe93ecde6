/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/types.h"

#include <assert.h>

#include "base/cleanup.h"

/* clang-format off */
static const char *const pressure_sources[] = {
        [PRESSURE_PSI]      = "psi",
        [PRESSURE_PSI_SLOW] = "psi-slow",
        [PRESSURE_VMSTAT]   = "vmstat",
};

static const char *const job_kinds[] = {
        [JOB_NONE]    = "none",
        [JOB_PREPARE] = "prepare",
        [JOB_DRAIN]   = "drain",
        [JOB_REMOVE]  = "remove",
        [JOB_TAKE]    = "take",
        [JOB_RETIRE]  = "retire",
};

static const char *const actions[] = {
        [ACTION_NONE]      = "none",
        [ACTION_ENABLE]    = "enable",
        [ACTION_PREPARE]   = "prepare",
        [ACTION_DRAIN]     = "drain",
        [ACTION_REMOVE]    = "remove",
        [ACTION_CANCEL]    = "cancel",
        [ACTION_INTERRUPT] = "interrupt",
        [ACTION_CONTINUE]  = "continue",
};

static const char *const on_balances[] = {
        [ON_BALANCE_AUTO]      = "auto",
        [ON_BALANCE_WAIT]      = "wait",
        [ON_BALANCE_INTERRUPT] = "interrupt",
};

static const struct {
        const char *name;
        const char *sentence;
} reasons[] = {
        [REASON_CALM]          = { "calm",          "there is headroom and nothing asks for more" },
        [REASON_HEADROOM]      = { "headroom",      "there is pressure, but the swap online is enough" },
        [REASON_BUSY]          = { "busy",          "a job is under way" },
        [REASON_DRAINED]       = { "drained",       "the pool was drained on request; 'swapctl add' or a restart fills it again" },
        [REASON_SLEEP]         = { "sleep",         "the machine goes to sleep, and all stays as it is until it wakes" },
        [REASON_NO_POOL]       = { "no-pool",       "the pool's directory cannot be used" },
        [REASON_AT_MAXIMUM]    = { "at-maximum",    "more swap is wanted, but MaximumSize= is reached" },
        [REASON_NO_SPACE]      = { "no-space",      "more swap is wanted, but KeepFree= of the filesystem would be broken" },
        [REASON_NO_AREAS]      = { "no-areas",      "more swap is wanted, but the kernel has no swap area left" },
        [REASON_PROFILE]       = { "profile",       "more swap is wanted, but new data chunks do not have the 'single' profile" },
        [REASON_READ_ONLY]     = { "read-only",     "more swap is wanted, but the filesystem is read-only" },
        [REASON_REFUSED]       = { "refused",       "more swap is wanted, but the last try failed; the next one waits" },
        [REASON_OPERATION]     = { "operation",     "more swap is wanted, but an operation on the filesystem has to end first" },
        [REASON_RECLAIM]       = { "reclaim",       "more swap is wanted, but the kernel is reclaiming a chunk by itself, which nobody can stop and which passes" },
        [REASON_LEASE]         = { "lease",         "somebody holds a lease for an operation, and until it ends the pool stays as it is" },
        [REASON_NO_RETURN]     = { "no-return",     "there is swap to spare, but it could not be turned on again before an operation on the filesystem ends" },
        [REASON_SETTLING]      = { "settling",      "there is swap to spare, but calm has not lasted long enough" },
        [REASON_MEMORY_SHORT]  = { "memory-short",  "there is swap to spare, but memory could not hold what would come back" },
        [REASON_BELOW_MINIMUM] = { "below-minimum", "the pool is smaller than MinimumSize=" },
        [REASON_LOW_HEADROOM]  = { "low-headroom",  "free swap is below what is wanted" },
        [REASON_NO_SPARE]      = { "no-spare",      "no spare is ready" },
        [REASON_KEPT]          = { "kept",          "it was added by hand and is off" },
        [REASON_DISK_LOW]      = { "disk-low",      "the filesystem is low on space and needs the spare's" },
        [REASON_SURPLUS]       = { "surplus",       "calm has lasted and the rest is enough" },
        [REASON_SPARE_SURPLUS] = { "spare-surplus", "there are more spares than needed" },
        [REASON_BROKEN]        = { "broken",        "the kernel would not take the spare any more" },
        [REASON_AVOIDED]       = { "avoided",       "the spare lies where an operation is to work" },
        [REASON_PRESSURE_BACK] = { "pressure-back", "memory is needed while a file drains" },
        [REASON_CRITICAL]      = { "critical",      "swap runs out before the balance ends" },
        [REASON_RELIEVED]      = { "relieved",      "what was needed is on, the balance may go on" },
};
/* clang-format on */

static_assert(ELEMENTSOF(pressure_sources) == _PRESSURE_SOURCE_MAX, "a name is missing");
static_assert(ELEMENTSOF(job_kinds) == _JOB_KIND_MAX, "a name is missing");
static_assert(ELEMENTSOF(on_balances) == _ON_BALANCE_MAX, "a name is missing");
static_assert(ELEMENTSOF(actions) == _ACTION_MAX, "a name is missing");
static_assert(ELEMENTSOF(reasons) == _REASON_MAX, "a name is missing");

const char *on_balance_to_string(OnBalance on_balance) {
        assert(on_balance < _ON_BALANCE_MAX);
        return on_balances[on_balance];
}

const char *pressure_source_to_string(PressureSource source) {
        assert(source < _PRESSURE_SOURCE_MAX);
        return pressure_sources[source];
}

const char *job_kind_to_string(JobKind kind) {
        assert(kind < _JOB_KIND_MAX);
        return job_kinds[kind];
}

const char *action_to_string(Action action) {
        assert(action < _ACTION_MAX);
        return actions[action];
}

const char *reason_to_string(Reason reason) {
        assert(reason < _REASON_MAX);
        return reasons[reason].name;
}

const char *reason_to_sentence(Reason reason) {
        assert(reason < _REASON_MAX);
        return reasons[reason].sentence;
}
