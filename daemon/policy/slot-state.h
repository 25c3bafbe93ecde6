/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Life of a swapfile
 *
 *     absent -> preparing -> spare -> active -> draining -> spare or absent
 *
 * A drain that is cancelled goes back to active. Moves that are not in this picture happen only
 * when reality made them (somebody else called swapoff, removed a file): they are adopted by a
 * scan, never chosen.
 */

#include <stdbool.h>

typedef enum SlotState {
        SLOT_ABSENT,    /* no file */
        SLOT_PREPARING, /* a child is making the file; it has no name yet */
        SLOT_SPARE,     /* on disk, formatted, off */
        SLOT_ACTIVE,    /* on */
        SLOT_DRAINING,  /* a child is in swapoff(2) on it */
        SLOT_REMOVING,  /* a child is unlinking it */
        SLOT_FOREIGN,   /* has one of our names but not our mark: left alone */
        _SLOT_STATE_MAX,
} SlotState;

const char *slot_state_to_string(SlotState state);

/* May this daemon choose to move a slot from one state to the other? */
bool slot_state_may_become(SlotState from, SlotState to);
