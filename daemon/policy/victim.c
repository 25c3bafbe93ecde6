/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/victim.h"

#include "base/u64.h"
#include "policy/sizing.h"

/* What zswap holds takes its full size, too, when it comes back: it is all that is used. */
bool victim_memory_holds(const PolicyConfig *c, const Sample *in, uint64_t bytes) {
        uint64_t available = in->memory.available_bytes;

        return available >= c->margin_bytes && available - c->margin_bytes >= bytes;
}

/* The tail of less swap is shorter. */
static uint64_t wanted_without(const Sample *in, const SlotFacts *slot, uint64_t wanted_bytes) {
        uint64_t tail_bytes = sizing_tail_without_bytes(in, slot->size_bytes);

        return u64_subtract(wanted_bytes, sizing_tail_bytes(in) - tail_bytes);
}

/*
 * Would the others do? swapoff() takes the whole area off the kernel's count of free swap at once,
 * used or not (nr_swap_pages): until its pages have come back, they count against the free space
 * of the rest, and a program that needs swap meanwhile meets the OOM killer although there seems to
 * be some. So the rest must have room for them, too. The slack keeps a file that was just given
 * back from being wanted again by the next few pages.
 */
static bool rest_is_enough(const PolicyConfig *c, const Sample *in, const SlotFacts *slot,
                           uint64_t wanted_bytes) {
        if (sizing_active_bytes(in) < c->minimum_bytes + slot->size_bytes)
                return false;
        wanted_bytes = wanted_without(in, slot, wanted_bytes);
        return in->headroom_bytes >= slot->size_bytes + wanted_bytes + wanted_bytes / 8;
}

static bool is_cheaper(const SlotFacts *a, const SlotFacts *b) {
        if (a->used_bytes != b->used_bytes)
                return a->used_bytes < b->used_bytes;
        return a->priority < b->priority;
}

Victim victim_choose(const PolicyConfig *c, const Sample *in, uint64_t wanted_bytes) {
        Victim v = { SLOT_NONE, REASON_CALM };

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const SlotFacts *slot = &in->slots[i];

                if (slot->state != SLOT_ACTIVE || slot->kept)
                        continue;
                if (!rest_is_enough(c, in, slot, wanted_bytes))
                        continue;
                if (v.slot == SLOT_NONE || is_cheaper(slot, &in->slots[v.slot]))
                        v = (Victim){ i, REASON_SURPLUS };
        }

        /* The cheapest needs the least memory: if there is none for it, there is none for any. */
        if (v.slot != SLOT_NONE && !victim_memory_holds(c, in, in->slots[v.slot].used_bytes))
                return (Victim){ SLOT_NONE, REASON_MEMORY_SHORT };
        return v;
}
