/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One place for a swapfile
 *
 * A slot is a name ("swap0" to "swap23") and what is known of the file that has it. What is known
 * comes from the directory, the file's header and /proc/swaps, each time anew; the slot remembers
 * only what cannot be read back: why the file was refused.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "kernel/extents.h"
#include "kernel/swap.h"
#include "policy/types.h"
#include "pool/pins.h"

#define SLOT_NAME_MAX 8
#define SLOT_MESSAGE_MAX 256

typedef struct Slot {
        char name[SLOT_NAME_MAX];
        SlotState state;
        bool kept;
        bool broken;
        bool refused;
        int priority; /* -1 while off */
        uint64_t size_bytes;
        uint64_t used_bytes;
        Pins pins;
        Shares shares;
        char message[SLOT_MESSAGE_MAX]; /* "" or the last refusal */

        /* How long it last took to be judged, and then to be turned on, and when that was. */
        uint64_t judge_usec;
        uint64_t swapon_usec;
        uint64_t on_usec;

        /* Which file the above was read from. */
        ino_t inode;
        struct timespec changed;
} Slot;

void slot_init(Slot *slot, unsigned index);

/* Forgets the file; the name stays. */
void slot_clear(Slot *slot);

/* Is `st` the file that the slot knows? */
bool slot_knows(const Slot *slot, const struct stat *st);

/* "swap7" -> 7; SLOT_NONE for anything else, "swap07" and "swap24" too. */
uint32_t slot_index_from_name(const char *name);

/* Moves along the life of a swapfile; a move that is not in its picture is a bug. */
void slot_move(Slot *slot, SlotState state);

/* Of no use, whatever the kernel says. */
void slot_refuse(Slot *slot, const char *why);
void slot_refuse_verdict(Slot *slot, const CheckVerdict *verdict);
void slot_refuse_swap(Slot *slot, SwapRefusal refusal);

SlotFacts slot_facts(const Slot *slot);
