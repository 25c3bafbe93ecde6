/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/spare.h"

static bool is_usable(const SlotFacts *slot) {
        return slot->state == SLOT_SPARE && !slot->broken && !slot->avoided;
}

static bool is_better(const SlotFacts *slot, const SlotFacts *other) {
        if (slot->refused != other->refused)
                return other->refused;
        return slot->size_bytes > other->size_bytes;
}

uint32_t spare_find(const Sample *in) {
        uint32_t found = SLOT_NONE;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                if (!is_usable(&in->slots[i]) || in->slots[i].kept)
                        continue;
                if (found == SLOT_NONE || is_better(&in->slots[i], &in->slots[found]))
                        found = i;
        }
        return found;
}

uint32_t spare_find_refused(const Sample *in) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (is_usable(&in->slots[i]) && in->slots[i].refused && !in->slots[i].kept)
                        return i;
        return SLOT_NONE;
}

uint32_t spare_find_any(const Sample *in) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == SLOT_SPARE && !in->slots[i].kept)
                        return i;
        return SLOT_NONE;
}

uint32_t spare_find_broken(const Sample *in) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == SLOT_SPARE && in->slots[i].broken && !in->slots[i].kept)
                        return i;
        return SLOT_NONE;
}

uint32_t spare_find_avoided(const Sample *in) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == SLOT_SPARE && in->slots[i].avoided && !in->slots[i].kept)
                        return i;
        return SLOT_NONE;
}

unsigned spare_count(const Sample *in) {
        unsigned count = 0;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                count += is_usable(&in->slots[i]) && !in->slots[i].kept;
        return count;
}

uint32_t spare_find_kept(const Sample *in) {
        uint32_t found = SLOT_NONE;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                if (!is_usable(&in->slots[i]) || !in->slots[i].kept)
                        continue;
                if (found == SLOT_NONE || (in->slots[found].refused && !in->slots[i].refused))
                        found = i;
        }
        return found;
}
