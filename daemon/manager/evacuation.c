/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/evacuation.h"

#include "base/u64.h"
#include "policy/sizing.h"
#include "policy/victim.h"

/* ---- what there is ---- */

/* Off, and in the way of nobody: but only what the policy made, or what was just drained. */
static uint32_t find_leftover(const Request *request, const Sample *in) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const SlotFacts *slot = &in->slots[i];

                if (slot->state == SLOT_SPARE && slot->avoided &&
                    (!slot->kept || i == request->slot))
                        return i;
        }
        return SLOT_NONE;
}

static bool is_cheaper(const SlotFacts *a, const SlotFacts *b) {
        if (a->used_bytes != b->used_bytes)
                return a->used_bytes < b->used_bytes;
        return a->priority < b->priority;
}

static uint32_t find_victim(const Sample *in) {
        uint32_t found = SLOT_NONE;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                if (in->slots[i].state != SLOT_ACTIVE || !in->slots[i].avoided)
                        continue;
                if (found == SLOT_NONE || is_cheaper(&in->slots[i], &in->slots[found]))
                        found = i;
        }
        return found;
}

/* The smallest that is enough: a larger one is worth more as a spare. */
static uint32_t find_spare(const Sample *in, bool kept, uint64_t enough_bytes) {
        uint32_t found = SLOT_NONE;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const SlotFacts *slot = &in->slots[i];

                if (slot->state != SLOT_SPARE || slot->broken || slot->avoided ||
                    slot->kept != kept || slot->size_bytes < enough_bytes)
                        continue;
                if (found == SLOT_NONE || slot->size_bytes < in->slots[found].size_bytes)
                        found = i;
        }
        return found;
}

/* Made in advance: its space is worth more to a replacement. */
static uint32_t find_dispensable(const Sample *in) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == SLOT_SPARE && !in->slots[i].kept)
                        return i;
        return SLOT_NONE;
}

static uint64_t kept_active_bytes(const Sample *in) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == SLOT_ACTIVE && in->slots[i].kept)
                        sum += in->slots[i].size_bytes;
        return sum;
}

/* What would be missing online if the file were off. */
static uint64_t lacking_bytes(const Request *request, const Sample *in, const SlotFacts *victim) {
        uint64_t rest = sizing_active_bytes(in) - victim->size_bytes;
        uint64_t lacking = u64_subtract(request->keep_bytes, rest);

        if (!victim->kept)
                return lacking;
        rest = kept_active_bytes(in) - victim->size_bytes;
        return u64_max(lacking, u64_subtract(request->kept_bytes, rest));
}

/* ---- what is in the way ---- */

typedef struct Obstacle {
        Reason reason; /* REASON_CALM: there is none */
        bool passes;   /* by itself */
} Obstacle;

/* Of turning a file on, whichever. */
static Obstacle enable_obstacle(const Sample *in) {
        if (in->areas_used >= in->areas_max)
                return (Obstacle){ REASON_NO_AREAS, false };

        switch (in->operation.exclusive) {
        case EXCLUSIVE_NONE:
                return (Obstacle){ REASON_CALM, true };
        case EXCLUSIVE_RECLAIM:
                return (Obstacle){ REASON_RECLAIM, true };
        case EXCLUSIVE_BALANCE_PAUSED:
                /* One in our hands is on its way to be cancelled; somebody else's stays paused. */
                return (Obstacle){ REASON_OPERATION, in->operation.relocation != RELOCATION_NONE };
        default:
                return (Obstacle){ REASON_OPERATION, true };
        }
}

/* Of making a file of that size in place of one that goes at once after it. */
static Reason prepare_obstacle(const Request *request, const PolicyConfig *c, const Sample *in,
                               uint64_t bytes, uint64_t victim_bytes) {
        Room room = sizing_room_replacing(c, in, victim_bytes);

        if (!in->filesystem.writable)
                return REASON_READ_ONLY;
        if (!in->filesystem.single)
                return REASON_PROFILE;
        if (request->no_replacement)
                return REASON_NO_SPACE;
        return bytes > room.bytes ? room.limit : REASON_CALM;
}

/*
 * What comes in can go out again to the replacement: memory need not hold all of the file at any
 * moment, only what is on its way. So it is enough that half of the margin stays, and that free
 * swap elsewhere and the memory above that hold the file together. `coming_bytes` are not on yet.
 */
static bool memory_lets_move(const PolicyConfig *c, const Sample *in, const SlotFacts *victim,
                             uint64_t coming_bytes) {
        uint64_t free_bytes = victim->size_bytes - victim->used_bytes;
        uint64_t elsewhere = u64_subtract(in->headroom_bytes, free_bytes) + coming_bytes;
        uint64_t available = in->memory.available_bytes, least = c->margin_bytes / 2;

        if (victim->used_bytes == 0)
                return true;
        return available >= least && elsewhere + available - least >= victim->used_bytes;
}

/* ---- steps ---- */

static Step stuck(uint32_t slot, Reason reason) {
        return (Step){ STEP_STUCK, slot, .reason = reason };
}

static Step finished(void) {
        return (Step){ STEP_FINISHED, SLOT_NONE };
}

/* Nothing can stand in for it: may the pool do without? */
static Step give_back(const Request *request, const PolicyConfig *c, const Sample *in,
                      uint32_t slot, Reason why) {
        const SlotFacts *victim = &in->slots[slot];

        /* As in victim_choose(): until its pages are back, they need room in the rest. */
        if (!request->may_shrink || !in->filesystem.writable ||
            in->headroom_bytes < victim->size_bytes + c->headroom_bytes ||
            !victim_memory_holds(c, in, victim->used_bytes))
                return stuck(slot, why);
        return (Step){ STEP_DRAIN, slot, .shrinks = true };
}

/* A file like the victim, or room for one. */
static Step prepare_replacement(const Request *request, const PolicyConfig *c, const Sample *in,
                                uint32_t slot) {
        const SlotFacts *victim = &in->slots[slot];
        uint32_t dispensable = find_dispensable(in);
        Reason reason;

        reason = prepare_obstacle(request, c, in, victim->size_bytes, victim->size_bytes);
        if (reason == REASON_CALM)
                return (Step){ STEP_PREPARE, SLOT_NONE, victim->size_bytes, .kept = victim->kept };
        if (dispensable != SLOT_NONE && in->filesystem.writable && in->filesystem.single)
                return (Step){ STEP_REMOVE, dispensable };
        return give_back(request, c, in, slot, reason);
}

static Step next_of_victim(const Request *request, const PolicyConfig *c, const Sample *in,
                           uint32_t slot) {
        const SlotFacts *victim = &in->slots[slot];
        uint64_t lacking = lacking_bytes(request, in, victim), coming;
        Obstacle obstacle = enable_obstacle(in);
        uint32_t spare;

        spare = find_spare(in, victim->kept, u64_min(lacking, victim->size_bytes));
        coming = spare != SLOT_NONE ? in->slots[spare].size_bytes : victim->size_bytes;
        if (!memory_lets_move(c, in, victim, lacking > 0 ? coming : 0))
                return stuck(slot, REASON_MEMORY_SHORT);
        if (lacking == 0)
                return (Step){ STEP_DRAIN, slot };

        if (obstacle.reason != REASON_CALM && obstacle.passes)
                return (Step){ STEP_WAIT, slot, .reason = obstacle.reason };
        if (obstacle.reason != REASON_CALM)
                return give_back(request, c, in, slot, obstacle.reason);
        if (spare != SLOT_NONE)
                return (Step){ STEP_ENABLE, spare };
        return prepare_replacement(request, c, in, slot);
}

/* As far as it goes. An operation that takes long is not waited for: it may be what comes next. */
static Step raise_headroom(const Request *request, const PolicyConfig *c, const Sample *in) {
        Obstacle obstacle = enable_obstacle(in);
        uint64_t bytes = sizing_next_file(c, in);
        uint32_t spare;

        if (sizing_has_headroom(in, request->headroom_bytes))
                return finished();
        if (obstacle.reason == REASON_RECLAIM)
                return (Step){ STEP_WAIT, SLOT_NONE, .reason = REASON_RECLAIM, .optional = true };
        if (obstacle.reason != REASON_CALM)
                return finished();

        spare = find_spare(in, /* kept= */ false, /* enough_bytes= */ 0);
        if (spare != SLOT_NONE)
                return (Step){ STEP_ENABLE, spare, .optional = true };
        if (bytes == 0 || prepare_obstacle(request, c, in, bytes, 0) != REASON_CALM)
                return finished();
        return (Step){ STEP_PREPARE, SLOT_NONE, bytes, .optional = true };
}

Step evacuation_next_step(const Request *request, const PolicyConfig *c, const Sample *in) {
        uint32_t slot;

        slot = find_leftover(request, in);
        if (slot != SLOT_NONE)
                return (Step){ STEP_REMOVE, slot };
        slot = find_victim(in);
        if (slot != SLOT_NONE)
                return next_of_victim(request, c, in, slot);
        return raise_headroom(request, c, in);
}

/* ---- in words ---- */

const char *evacuation_obstacle(Reason reason) {
        switch (reason) {
        case REASON_NO_SPACE:
                return "there is no room for a replacement elsewhere on the filesystem";
        case REASON_AT_MAXIMUM:
                return "the pool exceeds MaximumSize= already";
        case REASON_NO_AREAS:
                return "the kernel has no swap area left for a replacement";
        case REASON_PROFILE:
                return "new data chunks do not have the 'single' profile";
        case REASON_READ_ONLY:
                return "the filesystem is read-only";
        case REASON_MEMORY_SHORT:
                return "memory and the free swap elsewhere cannot hold what it holds";
        case REASON_OPERATION:
                return "no replacement can be turned on while a balance is paused";
        default:
                return reason_to_sentence(reason);
        }
}

const char *evacuation_remedy(Reason reason) {
        switch (reason) {
        case REASON_NO_SPACE:
                return "free space on the filesystem or lower KeepFree=";
        case REASON_AT_MAXIMUM:
                return "raise MaximumSize=";
        case REASON_NO_AREAS:
                return "turn another swap area off first";
        case REASON_PROFILE:
                return "run 'btrfs balance start -dconvert=single' on it";
        case REASON_READ_ONLY:
                return "remount it 'rw'";
        case REASON_MEMORY_SHORT:
                return "close something first";
        case REASON_OPERATION:
                return "resume or cancel it ('btrfs balance resume', 'btrfs balance cancel')";
        default:
                return "try again later";
        }
}
