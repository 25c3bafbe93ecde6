/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an operation asks of the pool
 *
 * The terms of a lease follow from the operation and its details alone: where the pool must not be,
 * and how much headroom there should be before nothing can be turned on any more. Several leases
 * combine to the strictest. Pure.
 */

#include "policy/avoid.h"
#include "policy/operation.h"
#include "policy/types.h"

#define LEASE_NOWHERE 0

/* What a client said, looked up on the pool's filesystem by who asks. */
typedef struct LeaseDetails {
        bool elsewhere;         /* the operation is on another filesystem */
        uint64_t device_id;     /* LEASE_NOWHERE: none was named */
        bool device_missing;    /* nothing of the pool can be there */
        uint64_t device_bytes;  /* its size now */
        uint64_t resize_bytes;  /* its size afterwards; OPERATION_RESIZE; 0: not given */
        uint64_t other_devices; /* that could take what has to leave it */
        bool pool_online;       /* some file of the pool is on */
        bool pool_subvolume;    /* the subvolume named is the pool's own */
        bool converts_data;     /* OPERATION_BALANCE, see balance_args_converts_data() */
        char swapfile[256];     /* active, not ours, in the subvolume named; or "" */
} LeaseDetails;

typedef enum LeaseRefusal {
        LEASE_ACCEPTED,
        LEASE_NO_DEVICE,      /* the operation is about a device, and none was named */
        LEASE_NO_SIZE,        /* OPERATION_RESIZE, and the new size was not given */
        LEASE_ONLY_DEVICE,    /* there is no other device that the pool could move to */
        LEASE_CONVERTS,       /* data would get a profile that swap cannot have */
        LEASE_POOL_SUBVOLUME, /* the pool's own subvolume cannot be snapshotted with swap on */
        LEASE_SWAPFILE,       /* a swapfile that is not the pool's is in the way */
        _LEASE_REFUSAL_MAX,
} LeaseRefusal;

const char *lease_refusal_to_string(LeaseRefusal refusal);

/* For people, each without a full stop: what is in the way; what would help. */
const char *lease_refusal_to_sentence(LeaseRefusal refusal);
const char *lease_refusal_to_remedy(LeaseRefusal refusal);

typedef struct LeaseTerms {
        AvoidSet avoid;
        bool raise_headroom; /* to HeadroomMax=, as far as the caps allow */
} LeaseTerms;

LeaseRefusal lease_terms(Operation operation, const LeaseDetails *details, LeaseTerms *ret);
