/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/sizing.h"

#include "base/parse.h"
#include "base/u64.h"

/* Two looks closer than this say more about the clock than about the machine. */
#define RATE_SPAN_MIN_USEC (20 * USEC_PER_MSEC)
#define RATE_HALF_LIFE_USEC (5 * USEC_PER_SEC)

/* SwapUsedLimit=90% of oomd.conf(5), and -s 10 of earlyoom(1). */
#define TAIL_SHARE 10

static uint64_t rate_decay(uint64_t bytes_per_sec, uint64_t span_usec) {
        uint64_t halvings = span_usec / RATE_HALF_LIFE_USEC, rest = span_usec % RATE_HALF_LIFE_USEC;

        if (halvings >= 64)
                return 0;
        bytes_per_sec >>= halvings;
        return bytes_per_sec - u64_scale(bytes_per_sec / 2, rest, RATE_HALF_LIFE_USEC);
}

void rate_observe(Rate *rate, uint64_t now_usec, uint64_t value) {
        uint64_t span_usec, instant;

        if (rate->last_usec == 0) {
                rate->last_usec = now_usec;
                rate->last_value = value;
                return;
        }

        span_usec = u64_subtract(now_usec, rate->last_usec);
        if (span_usec < RATE_SPAN_MIN_USEC)
                return;

        instant = u64_scale(u64_subtract(value, rate->last_value), USEC_PER_SEC, span_usec);
        rate->latest_bytes_per_sec = instant;
        rate->bytes_per_sec = u64_max(instant, rate_decay(rate->bytes_per_sec, span_usec));
        rate->last_usec = now_usec;
        rate->last_value = value;
}

uint64_t sizing_wanted_headroom(const PolicyConfig *c, uint64_t fill_bytes_per_sec,
                                uint64_t grow_usec, bool urgent) {
        uint64_t filled = u64_scale(fill_bytes_per_sec, (urgent ? 4 : 2) * grow_usec, USEC_PER_SEC);

        return u64_max(u64_min(filled, c->headroom_max_bytes), c->headroom_bytes);
}

uint64_t sizing_tail_without_bytes(const Sample *in, uint64_t gone_bytes) {
        uint64_t zram_free_bytes = u64_subtract(in->memory.swap_free_bytes, in->headroom_bytes);
        uint64_t total_bytes = u64_subtract(in->memory.swap_total_bytes, gone_bytes);

        return u64_subtract(total_bytes / TAIL_SHARE, zram_free_bytes);
}

uint64_t sizing_tail_bytes(const Sample *in) {
        return sizing_tail_without_bytes(in, /* gone_bytes= */ 0);
}

bool sizing_has_headroom(const Sample *in, uint64_t bytes) {
        return bytes == 0 || in->headroom_bytes >= u64_add(bytes, sizing_tail_bytes(in));
}

uint64_t sizing_critical_bytes(const Sample *in, uint64_t wanted_bytes) {
        uint64_t tail_bytes = sizing_tail_bytes(in);

        return u64_min(tail_bytes + u64_subtract(wanted_bytes, tail_bytes) / 4, wanted_bytes);
}

uint64_t sizing_active_bytes(const Sample *in) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == SLOT_ACTIVE)
                        sum += in->slots[i].size_bytes;
        return sum;
}

uint64_t sizing_on_disk_bytes(const Sample *in) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state != SLOT_ABSENT && in->slots[i].state != SLOT_FOREIGN)
                        sum += in->slots[i].size_bytes;
        return sum;
}

/* Swap areas that this pool could still take: the kernel's, less those its spares will need. */
static unsigned areas_left(const Sample *in) {
        unsigned taken = in->areas_used, slots = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                if (in->slots[i].state == SLOT_ABSENT)
                        slots++;
                if (in->slots[i].state == SLOT_SPARE || in->slots[i].state == SLOT_PREPARING)
                        taken++;
        }
        if (taken >= in->areas_max)
                return 0;
        return (unsigned)u64_min(in->areas_max - taken, slots);
}

Room sizing_room_replacing(const PolicyConfig *c, const Sample *in, uint64_t victim_bytes) {
        uint64_t maximum_bytes = u64_add(c->maximum_bytes, victim_bytes);
        Room room = { u64_subtract(maximum_bytes, sizing_on_disk_bytes(in)), REASON_AT_MAXIMUM };
        uint64_t disk = u64_subtract(in->filesystem.free_bytes, c->keep_free_bytes);

        if (areas_left(in) == 0)
                return (Room){ 0, REASON_NO_AREAS };
        if (disk < room.bytes)
                room = (Room){ disk, REASON_NO_SPACE };
        return room;
}

Room sizing_room(const PolicyConfig *c, const Sample *in) {
        return sizing_room_replacing(c, in, /* victim_bytes= */ 0);
}

uint64_t sizing_unit(const PolicyConfig *c, const Sample *in) {
        return c->file_bytes ? c->file_bytes : in->filesystem.chunk_bytes;
}

uint64_t sizing_next_file(const PolicyConfig *c, const Sample *in) {
        uint64_t unit = sizing_unit(c, in);
        Room room = sizing_room(c, in);
        uint64_t size, share;

        if (room.bytes == 0 || unit == 0)
                return 0;

        size = u64_max(unit, u64_round_down(sizing_active_bytes(in) / 4, unit));
        share = u64_subtract(c->maximum_bytes, sizing_on_disk_bytes(in)) / areas_left(in);
        size = u64_max(size, u64_round_down(share + unit - 1, unit));
        if (size <= room.bytes)
                return size;

        /* What does not fill a chunk pins a whole one. */
        if (room.bytes >= unit)
                return u64_round_down(room.bytes, unit);
        /* The last file before a cap may be smaller, but not so small that it only eats an area. */
        return room.bytes < unit / 4 ? 0 : u64_round_down(room.bytes, MIB);
}

int sizing_next_priority(const Sample *in, int first) {
        int lowest = first + 1;

        if (in->zram && in->zram_priority < lowest)
                lowest = in->zram_priority;
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                const SlotFacts *slot = &in->slots[i];

                if (slot->state != SLOT_ACTIVE && slot->state != SLOT_DRAINING)
                        continue;
                if (slot->priority < lowest)
                        lowest = slot->priority;
        }
        return lowest > 0 ? lowest - 1 : 0;
}
