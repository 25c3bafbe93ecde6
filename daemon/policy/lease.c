/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/lease.h"

#include <assert.h>

#include "base/cleanup.h"

/* clang-format off */
static const char *const names[] = {
        [LEASE_ACCEPTED]       = "accepted",
        [LEASE_NO_DEVICE]      = "no-device",
        [LEASE_NO_SIZE]        = "no-size",
        [LEASE_ONLY_DEVICE]    = "only-device",
        [LEASE_CONVERTS]       = "converts",
        [LEASE_POOL_SUBVOLUME] = "pool-subvolume",
        [LEASE_SWAPFILE]       = "swapfile",
};

static const char *const sentences[] = {
        [LEASE_ACCEPTED]       = "nothing is in the way",
        [LEASE_NO_DEVICE]      = "the operation is about a device, and none is named",
        [LEASE_NO_SIZE]        = "the operation needs a size, and none is given",
        [LEASE_ONLY_DEVICE]    = "there is no other device that the pool could move to",
        [LEASE_CONVERTS]       = "data would lose the 'single' profile, the only one that swap can be in",
        [LEASE_POOL_SUBVOLUME] = "the subvolume is the pool's own, and the kernel makes no snapshot of one with swap that is on",
        [LEASE_SWAPFILE]       = "the kernel makes no snapshot of a subvolume with swap that is on",
};

static const char *const remedies[] = {
        [LEASE_ACCEPTED]       = "",
        [LEASE_NO_DEVICE]      = "name it with --device",
        [LEASE_NO_SIZE]        = "give it with --size",
        [LEASE_ONLY_DEVICE]    = "add another device first, or give all swap back with 'swapctl drain'",
        [LEASE_CONVERTS]       = "keep data 'single', or do without the pool: 'swapctl drain'",
        [LEASE_POOL_SUBVOLUME] = "snapshot the subvolume above it: that leaves the pool out",
        [LEASE_SWAPFILE]       = "move it into the pool with 'swapctl add --adopt', or turn it off with swapoff",
};
/* clang-format on */

static_assert(ELEMENTSOF(names) == _LEASE_REFUSAL_MAX, "a name is missing");
static_assert(ELEMENTSOF(sentences) == _LEASE_REFUSAL_MAX, "a sentence is missing");
static_assert(ELEMENTSOF(remedies) == _LEASE_REFUSAL_MAX, "a remedy is missing");

const char *lease_refusal_to_string(LeaseRefusal refusal) {
        assert(refusal < _LEASE_REFUSAL_MAX);
        return names[refusal];
}

const char *lease_refusal_to_sentence(LeaseRefusal refusal) {
        assert(refusal < _LEASE_REFUSAL_MAX);
        return sentences[refusal];
}

const char *lease_refusal_to_remedy(LeaseRefusal refusal) {
        assert(refusal < _LEASE_REFUSAL_MAX);
        return remedies[refusal];
}

/* ---- what each operation asks for ---- */

/* A pool with nothing on needs no other device to go to. */
static LeaseRefusal avoid_device(const LeaseDetails *details, LeaseTerms *terms) {
        if (details->device_missing)
                return LEASE_ACCEPTED;
        if (details->device_id == LEASE_NOWHERE)
                return LEASE_NO_DEVICE;
        if (details->other_devices == 0 && details->pool_online)
                return LEASE_ONLY_DEVICE;
        (void)avoid_add_device(&terms->avoid, details->device_id, 0);
        return LEASE_ACCEPTED;
}

static LeaseRefusal avoid_tail(const LeaseDetails *details, LeaseTerms *terms) {
        if (details->resize_bytes == 0)
                return LEASE_NO_SIZE;
        if (details->device_id == LEASE_NOWHERE)
                return LEASE_NO_DEVICE;
        if (details->resize_bytes < details->device_bytes)
                (void)avoid_add_device(&terms->avoid, details->device_id, details->resize_bytes);
        return LEASE_ACCEPTED;
}

static LeaseRefusal judge_snapshot(const LeaseDetails *details) {
        if (details->pool_subvolume)
                return LEASE_POOL_SUBVOLUME;
        return details->swapfile[0] != '\0' ? LEASE_SWAPFILE : LEASE_ACCEPTED;
}

static LeaseRefusal terms_of(Operation operation, const LeaseDetails *details, LeaseTerms *terms) {
        switch (operation) {
        case OPERATION_BALANCE:
                return details->converts_data ? LEASE_CONVERTS : LEASE_ACCEPTED;
        case OPERATION_SNAPSHOT:
                return judge_snapshot(details);
        case OPERATION_DEVICE_REMOVE:
        case OPERATION_REPLACE:
                return avoid_device(details, terms);
        case OPERATION_RESIZE:
                return avoid_tail(details, terms);
        default:
                return LEASE_ACCEPTED;
        }
}

/* Scrub lets swap be turned on, but not in the chunk that it is reading. */
LeaseRefusal lease_terms(Operation operation, const LeaseDetails *details, LeaseTerms *ret) {
        LeaseTerms terms = { .raise_headroom = operation_is_exclusive(operation) ||
                                               operation == OPERATION_SCRUB };
        LeaseRefusal refusal;

        assert(operation < _OPERATION_MAX);
        if (details->elsewhere) {
                *ret = (LeaseTerms){ 0 };
                return LEASE_ACCEPTED;
        }
        refusal = terms_of(operation, details, &terms);
        if (refusal == LEASE_ACCEPTED)
                *ret = terms;
        return refusal;
}
