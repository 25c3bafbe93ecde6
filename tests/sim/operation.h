/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What others do with the filesystem, in model time
 *
 * One operation after the other has the kernel's slot: balances that run or are paused, the
 * kernel's own reclaim, the removal of a device. A balance can be interrupted, which takes until
 * its chunk lets go of it, and is held then until it is continued; meanwhile others may come.
 * Leases come and go beside that.
 */

#include "policy/types.h"
#include "rng.h"

typedef struct Operations {
        Exclusive exclusive;
        RelocationState relocation;
        unsigned leases;
        bool held_by_client;
        bool calm; /* nothing new begins */

        /* When what is at hand changes by itself; USEC_INFINITY: it does not. */
        uint64_t begin_usec;  /* the slot is taken, if it is free then */
        uint64_t end_usec;    /* of what has the slot */
        uint64_t stop_usec;   /* of RELOCATION_INTERRUPTING */
        uint64_t let_go_usec; /* by the client that a balance is held for */
        uint64_t lease_usec;  /* one comes, or all go */

        uint64_t left_usec;          /* of the balance that is held */
        uint64_t interrupt_max_usec; /* what interrupting takes at most */
} Operations;

typedef enum OperationsNews {
        OPERATIONS_SILENT,    /* nobody tells when an operation begins */
        OPERATIONS_FREED,     /* the slot is free */
        OPERATIONS_TOLD,      /* a client said something */
        OPERATIONS_NEW_LEASE, /* and what is to be avoided changes */
        OPERATIONS_NO_LEASE,
} OperationsNews;

void operations_init(Operations *o, uint64_t interrupt_max_usec);
void operations_start(Operations *o, uint64_t now_usec);
OperationFacts operations_facts(const Operations *o);

/* A balance that is not held already. */
bool operations_may_interrupt(const Operations *o);
void operations_interrupt(Operations *o, Rng *rng, uint64_t now_usec);
void operations_continue(Operations *o, uint64_t now_usec);

/* When something changes next, and that it did. */
uint64_t operations_next_usec(const Operations *o);
OperationsNews operations_advance(Operations *o, Rng *rng, uint64_t now_usec);

/* Nothing new begins; what goes on ends soon, and what is held is left so. */
void operations_calm_down(Operations *o, uint64_t now_usec);
