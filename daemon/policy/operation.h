/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Operations on a filesystem
 *
 * Two vocabularies: what people do to a filesystem, for which they take a lease; and what the
 * kernel says occupies its one slot for exclusive operations
 * (/sys/fs/btrfs/<fsid>/exclusive_operation). Names only; pure.
 */

#include <stdbool.h>

typedef enum Operation {
        OPERATION_BALANCE,
        OPERATION_SCRUB,
        OPERATION_SNAPSHOT,
        OPERATION_DEVICE_REMOVE,
        OPERATION_REPLACE,
        OPERATION_RESIZE,
        OPERATION_DEFRAG,
        OPERATION_GENERIC, /* anything else: the pool is left as it is */
        _OPERATION_MAX,
} Operation;

const char *operation_to_string(Operation operation);

/* _OPERATION_MAX if there is none of that name. */
Operation operation_from_string(const char *name);

/* Takes the kernel's slot, so that nothing can be turned on while it runs. */
bool operation_is_exclusive(Operation operation);

typedef enum Exclusive {
        EXCLUSIVE_NONE,
        EXCLUSIVE_BALANCE,        /* somebody's: it can be asked about, paused, cancelled */
        EXCLUSIVE_BALANCE_PAUSED, /* keeps the slot all the same */
        EXCLUSIVE_RECLAIM, /* the kernel's own (btrfs_reclaim_bgs_work): only waiting helps */
        EXCLUSIVE_DEVICE_ADD,
        EXCLUSIVE_DEVICE_REMOVE,
        EXCLUSIVE_DEVICE_REPLACE,
        EXCLUSIVE_RESIZE,
        EXCLUSIVE_SWAP_ACTIVATE,
        EXCLUSIVE_UNKNOWN, /* a word that is not known here */
        _EXCLUSIVE_MAX,
} Exclusive;

/* The kernel's words, and "automatic reclaim" for what it calls a balance too. */
const char *exclusive_to_string(Exclusive exclusive);

/* Never EXCLUSIVE_RECLAIM: the word alone does not tell. */
Exclusive exclusive_from_string(const char *word);

/* A balance in the hands of this daemon (pool/relocation.h). */
typedef enum RelocationState {
        RELOCATION_NONE,
        RELOCATION_RUNNING,      /* a child of ours runs it */
        RELOCATION_INTERRUPTING, /* being cancelled, to be continued */
        RELOCATION_HELD,         /* cancelled: the slot is free; waits to be continued */
        _RELOCATION_STATE_MAX,
} RelocationState;

const char *relocation_state_to_string(RelocationState state);

/* What it means for the pool: one sentence, without a full stop; "" for EXCLUSIVE_NONE. */
const char *exclusive_to_sentence(Exclusive exclusive);
