/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How much
 *
 * Pure arithmetic: how much headroom is wanted, how large the next file is, which priority it
 * gets, how soon to look again.
 */

#include "policy/types.h"

/*
 * A rate with a fast attack and a slow release: a rise is believed at once, a fall only by and by,
 * because the next burst comes before the old one is forgotten.
 */
typedef struct Rate {
        uint64_t last_value;
        uint64_t last_usec; /* 0: nothing seen yet */
        uint64_t bytes_per_sec;
        uint64_t latest_bytes_per_sec; /* between the last two looks, nothing remembered */
} Rate;

/* Feeds a counter that counts when it rises (a fall is a rate of 0). */
void rate_observe(Rate *rate, uint64_t now_usec, uint64_t value);

/*
 * Headroom wanted: what fills up while growing takes its time, twice (four times when urgent: the
 * estimate is behind then), between the configured bounds.
 */
uint64_t sizing_wanted_headroom(const PolicyConfig *c, uint64_t fill_bytes_per_sec,
                                uint64_t grow_usec, bool urgent);

/*
 * The tail: a tenth of all swap of the machine, as far as it is not free in zram. When less is
 * free, systemd-oomd and earlyoom kill by default, however soon there would be more: so headroom is
 * what is free above it.
 */
uint64_t sizing_tail_bytes(const Sample *in);

/* The same, when so much of all swap has gone. */
uint64_t sizing_tail_without_bytes(const Sample *in, uint64_t gone_bytes);

/* Is so much free, above the tail? Nothing is wanted where it is 0. */
bool sizing_has_headroom(const Sample *in, uint64_t bytes);

/* Of what is wanted, the tail included: a quarter, above the tail. */
uint64_t sizing_critical_bytes(const Sample *in, uint64_t wanted_bytes);

/* What the caps leave for one more file. */
typedef struct Room {
        uint64_t bytes;
        Reason limit; /* which cap it is that ends it */
} Room;

/* Counts spares: what is on disk never exceeds MaximumSize=. */
Room sizing_room(const PolicyConfig *c, const Sample *in);

/* For a file that stands in for one of that size, which goes at once when it is on. */
Room sizing_room_replacing(const PolicyConfig *c, const Sample *in, uint64_t victim_bytes);

/* Size of the smallest file, but for one before a cap: FileSize=, or a chunk. */
uint64_t sizing_unit(const PolicyConfig *c, const Sample *in);

/*
 * Size of the next file: a quarter of the pool, at least one unit (FileSize= or a chunk), at least
 * what lets MaximumSize= be reached with the areas left, whole units, at most the room. 0 when the
 * room is too small for a useful file.
 */
uint64_t sizing_next_file(const PolicyConfig *c, const Sample *in);

/*
 * One below the lowest of the pool's active files, so that the newest fills last; and below zram,
 * or what memory could hold goes to the disk. Never below 0, whatever zram has.
 */
int sizing_next_priority(const Sample *in, int first);

/* Sizes over all slots of the pool. */
uint64_t sizing_active_bytes(const Sample *in);  /* active, without those draining */
uint64_t sizing_on_disk_bytes(const Sample *in); /* everything that takes space */
