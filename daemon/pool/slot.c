/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/slot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

#define SLOT_PREFIX "swap"

void slot_init(Slot *slot, unsigned index) {
        *slot = (Slot){ .priority = -1 };
        (void)snprintf(slot->name, sizeof(slot->name), SLOT_PREFIX "%u", index);
}

void slot_clear(Slot *slot) {
        char name[SLOT_NAME_MAX];

        memcpy(name, slot->name, sizeof(name));
        *slot = (Slot){ .priority = -1 };
        memcpy(slot->name, name, sizeof(name));
}

bool slot_knows(const Slot *slot, const struct stat *st) {
        return slot->inode == st->st_ino && slot->size_bytes == (uint64_t)st->st_size &&
               slot->changed.tv_sec == st->st_ctim.tv_sec &&
               slot->changed.tv_nsec == st->st_ctim.tv_nsec;
}

uint32_t slot_index_from_name(const char *name) {
        const char *digits = name + strlen(SLOT_PREFIX);
        uint64_t index;

        if (strncmp(name, SLOT_PREFIX, strlen(SLOT_PREFIX)) != 0)
                return SLOT_NONE;
        if (parse_u64(digits, &index) < 0 || index >= POOL_SLOTS_MAX)
                return SLOT_NONE;
        return strlen(digits) == (index < 10 ? 1 : 2) ? (uint32_t)index : SLOT_NONE;
}

void slot_move(Slot *slot, SlotState state) {
        assert(slot_state_may_become(slot->state, state));
        slot->state = state;
}

void slot_refuse(Slot *slot, const char *why) {
        slot->broken = true;
        (void)snprintf(slot->message, sizeof(slot->message), "%s", why);
}

void slot_refuse_verdict(Slot *slot, const CheckVerdict *verdict) {
        slot->broken = true;
        (void)snprintf(slot->message, sizeof(slot->message), "at byte %" PRIu64 " (%s): %s; %s",
                       verdict->offset_bytes, check_rule_to_string(verdict->rule),
                       check_rule_to_sentence(verdict->rule), check_rule_to_remedy(verdict->rule));
}

void slot_refuse_swap(Slot *slot, SwapRefusal refusal) {
        slot->refused = refusal == SWAP_BUSY_CHUNK;
        (void)snprintf(slot->message, sizeof(slot->message), "%s",
                       swap_refusal_to_sentence(refusal));
}

SlotFacts slot_facts(const Slot *slot) {
        return (SlotFacts){
                .state = slot->state,
                .kept = slot->kept,
                .broken = slot->broken,
                .refused = slot->refused,
                .priority = slot->priority,
                .size_bytes = slot->size_bytes,
                .used_bytes = slot->used_bytes,
        };
}
