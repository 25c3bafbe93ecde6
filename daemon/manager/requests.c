/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/requests.h"

#include <string.h>

#include "base/parse.h"
#include "manager/evacuation.h"
#include "policy/hibernation.h"
#include "policy/sizing.h"
#include "policy/spare.h"

Request *requests_add(Requests *q, RequestKind kind) {
        Request *request;

        if (q->count == REQUESTS_MAX)
                return NULL;
        request = &q->items[q->count++];
        *request = (Request){
                .id = ++q->last_id,
                .kind = kind,
                .slot = SLOT_NONE,
                .deadline_usec = USEC_INFINITY,
                .fd = -1,
        };
        return request;
}

Request *requests_first(Requests *q) {
        return q->count > 0 ? &q->items[0] : NULL;
}

void requests_prefer(Requests *q, RequestKind kind) {
        Request request;
        unsigned i = 0;

        while (i < q->count && q->items[i].kind != kind)
                i++;
        if (i == q->count)
                return;
        request = q->items[i];
        memmove(&q->items[1], &q->items[0], i * sizeof(q->items[0]));
        q->items[0] = request;
}

const Request *requests_find(const Requests *q, uint64_t id) {
        for (unsigned i = 0; i < q->count; i++)
                if (q->items[i].id == id)
                        return &q->items[i];
        return NULL;
}

void requests_remove(Requests *q, uint64_t id) {
        const Request *request = requests_find(q, id);
        unsigned i;

        if (!request)
                return;
        i = (unsigned)(request - q->items);
        memmove(&q->items[i], &q->items[i + 1], (q->count - i - 1) * sizeof(q->items[0]));
        q->count--;
}

unsigned requests_count(const Requests *q, RequestKind kind) {
        unsigned n = 0;

        for (unsigned i = 0; i < q->count; i++)
                n += q->items[i].kind == kind;
        return n;
}

/* ---- the next step ---- */

static uint32_t find_state(const Sample *in, SlotState state) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (in->slots[i].state == state)
                        return i;
        return SLOT_NONE;
}

/* The active file with the least to bring back. */
static uint32_t find_cheapest(const Sample *in) {
        uint32_t found = SLOT_NONE;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                if (in->slots[i].state != SLOT_ACTIVE)
                        continue;
                if (found == SLOT_NONE || in->slots[i].used_bytes < in->slots[found].used_bytes)
                        found = i;
        }
        return found;
}

/* A spare is worth less than what somebody asks for: it goes if there is no room for both. */
static Step next_of_add(const Request *request, const PolicyConfig *c, const Sample *in) {
        uint32_t spare = spare_find_any(in);

        if (request->slot != SLOT_NONE)
                return (Step){ STEP_ENABLE, request->slot };
        if (spare != SLOT_NONE && sizing_room(c, in).bytes < request->bytes)
                return (Step){ STEP_REMOVE, spare };
        return (Step){ STEP_PREPARE, SLOT_NONE };
}

static Step next_of_reserve(const Request *request, const PolicyConfig *c, const Sample *in) {
        Reason obstacle = hibernation_obstacle(in);
        Room room = hibernation_room(c, in);
        uint32_t ready = spare_find(in);

        if (request->verdict != HIBERNATION_RESERVE)
                return (Step){ STEP_FINISHED, SLOT_NONE };
        if (obstacle != REASON_CALM)
                return (Step){ STEP_STUCK, SLOT_NONE, .reason = obstacle };
        if (request->slot != SLOT_NONE)
                return (Step){ STEP_ENABLE, request->slot };
        if (ready != SLOT_NONE && !in->slots[ready].refused &&
            in->slots[ready].size_bytes >= request->bytes)
                return (Step){ STEP_ENABLE, ready };
        if (sizing_room(c, in).bytes >= request->bytes)
                return (Step){ STEP_PREPARE, SLOT_NONE, request->bytes };
        if (room.bytes >= request->bytes)
                return (Step){ STEP_REMOVE, spare_find_any(in) };
        return (Step){ STEP_STUCK, SLOT_NONE, .reason = room.limit };
}

static Step next_of_remove(const Sample *in, uint32_t slot) {
        if (slot == SLOT_NONE)
                return (Step){ STEP_FINISHED, SLOT_NONE };
        switch (in->slots[slot].state) {
        case SLOT_ACTIVE:
                return (Step){ STEP_DRAIN, slot };
        case SLOT_SPARE:
                return (Step){ STEP_REMOVE, slot };
        default:
                return (Step){ STEP_FINISHED, slot };
        }
}

static Step next_of_adopt(const Request *request, const PolicyConfig *c, const Sample *in) {
        if (request->slot == SLOT_NONE || in->slots[request->slot].state != SLOT_ACTIVE)
                return next_of_add(request, c, in);
        return (Step){ request->retired ? STEP_FINISHED : STEP_RETIRE, request->slot };
}

Step request_next_step(const Request *request, const PolicyConfig *c, const Sample *in) {
        uint32_t slot;

        switch (request->kind) {
        case REQUEST_ADD:
                return next_of_add(request, c, in);
        case REQUEST_REMOVE:
                return next_of_remove(in, request->slot);
        case REQUEST_EVACUATE:
                return evacuation_next_step(request, c, in);
        case REQUEST_TAKE:
                return (Step){ request->slot == SLOT_NONE ? STEP_TAKE : STEP_ENABLE,
                               request->slot };
        case REQUEST_ADOPT:
                return next_of_adopt(request, c, in);
        case REQUEST_RESERVE:
                return next_of_reserve(request, c, in);
        case REQUEST_DRAIN:
        default:
                slot = find_state(in, SLOT_SPARE);
                return next_of_remove(in, slot != SLOT_NONE ? slot : find_cheapest(in));
        }
}
