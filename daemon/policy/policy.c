/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Four questions, in this order: is memory needed more than a running drain, is more swap needed,
 * may an interrupted balance go on, is there something to tidy. Need comes from free swap; PSI
 * alone lies (one slow disk makes pressure with memory free), so it only says how urgent the need
 * is and how often to look.
 */

#include "policy/policy.h"

#include "base/parse.h"
#include "base/u64.h"
#include "policy/decision.h"
#include "policy/grow.h"
#include "policy/interruption.h"
#include "policy/pace.h"
#include "policy/spare.h"
#include "policy/tidy.h"

/* Stalls that swapoff itself causes are still in the averages for so long. */
#define DRAIN_ECHO_USEC (3 * USEC_PER_SEC)

/* Stalls come in bursts: pressure is over when it has stayed away for so long. */
#define PRESSED_HOLD_USEC (3 * USEC_PER_SEC)

#define GROW_MIN_USEC (100 * USEC_PER_MSEC)
#define GROW_MAX_USEC (30 * USEC_PER_SEC)

/* A spare that was given up for want of space is not made again at once. */
#define DISK_LOW_WAIT_USEC USEC_PER_MINUTE

/* ---- what happened since the last sample ---- */

static bool stalled_above(const PolicyConfig *c, const PolicyState *s, const Sample *in) {
        uint64_t span = in->now_usec - s->last_sample_usec;
        uint64_t stalled = in->pressure.some_total_usec - s->last_pressure.some_total_usec;

        if (in->pressure.source == PRESSURE_VMSTAT)
                return in->pressure.alloc_stalls > s->last_pressure.alloc_stalls;
        return stalled > span / PERMYRIAD_ONE * c->pressure_permyriad;
}

static bool is_pressed(const PolicyConfig *c, const PolicyState *s, const Sample *in) {
        if (in->pressed || in->urgent)
                return true;
        return s->last_sample_usec != 0 && stalled_above(c, s, in);
}

/* swapoff waits for its own reads: while a file drains, and a little after, PSI is no witness. */
static bool drain_echoes(const PolicyState *s, const Sample *in) {
        if (in->job == JOB_DRAIN)
                return true;
        return s->last_shrink_usec != 0 && in->now_usec < s->last_shrink_usec + DRAIN_ECHO_USEC;
}

static bool is_recent(uint64_t seen_usec, uint64_t now_usec) {
        return seen_usec != 0 && now_usec < seen_usec + PRESSED_HOLD_USEC;
}

static void observe(const PolicyConfig *c, PolicyState *s, const Sample *in) {
        uint64_t gone = in->memory.total_bytes - in->memory.available_bytes;

        /* Asked again after an action: nothing new was seen. */
        if (s->last_sample_usec != 0 && in->now_usec <= s->last_sample_usec)
                return;

        rate_observe(&s->fill, in->now_usec, in->swapped_bytes);
        rate_observe(&s->taken, in->now_usec, gone);
        if (is_pressed(c, s, in) && !drain_echoes(s, in))
                s->pressed_usec = in->now_usec;
        if (in->urgent && !drain_echoes(s, in))
                s->urgent_usec = in->now_usec;
        s->pressed = is_recent(s->pressed_usec, in->now_usec);
        s->urgent = is_recent(s->urgent_usec, in->now_usec);

        /* By what fills now: what is remembered of a burst says how much to expect, not that it
         * goes on. */
        if (s->pressed || s->fill.latest_bytes_per_sec > PACE_CALM_BYTES_PER_SEC)
                s->calm_since_usec = 0;
        else if (s->calm_since_usec == 0)
                s->calm_since_usec = in->now_usec;

        s->last_pressure = in->pressure;
        s->last_sample_usec = in->now_usec;
}

/* ---- while a file drains ---- */

/*
 * A file that is in somebody's way, or (then the slot is that of what stands in for it) an area of
 * others. What comes in can go out there, and there is as much free swap as before: little memory
 * is enough, or the free swap.
 */
static bool drain_has_replacement(const Sample *in) {
        const SlotFacts *slot = &in->slots[in->job_slot];

        return slot->avoided || slot->state == SLOT_ACTIVE;
}

/*
 * What comes back must fit into memory with some of the margin left, and the rest of the pool must
 * keep its headroom. Who asked for the drain himself gets the last of the margin too, and a new
 * file instead of the one he wanted gone.
 */
static bool drain_must_stop(const PolicyConfig *c, const Sample *in, uint64_t wanted_bytes) {
        uint64_t available = in->memory.available_bytes;

        if (in->job != JOB_DRAIN || in->job_cancelling)
                return false;
        if (in->job_by_user && drain_has_replacement(in))
                return available < c->margin_bytes / 4 ||
                       (available < c->margin_bytes / 2 && in->headroom_bytes == 0);
        if (in->job_by_user)
                return available < c->margin_bytes / 2 ||
                       (in->headroom_bytes < sizing_critical_bytes(in, wanted_bytes) &&
                        spare_find(in) == SLOT_NONE);
        return available < c->margin_bytes / 4 * 3 || in->headroom_bytes < wanted_bytes;
}

/* ---- what comes first ---- */

static bool lacks(const PolicyConfig *c, const Sample *in, uint64_t wanted_bytes) {
        return in->headroom_bytes < wanted_bytes || sizing_active_bytes(in) < c->minimum_bytes;
}

/* Who holds a lease works on the filesystem: what is online is used first. */
static bool lease_forbids(const Sample *in, uint64_t wanted_bytes) {
        return in->operation.leases > 0 &&
               in->headroom_bytes >= sizing_critical_bytes(in, wanted_bytes);
}

/* One that was just refused for its place must not keep from being tried what was not. */
static bool kept_gives_way(const Sample *in, uint32_t kept) {
        uint32_t spare = spare_find(in);

        return in->slots[kept].refused && spare != SLOT_NONE && !in->slots[spare].refused;
}

/* What the pool needs; REASON_CALM: nothing. */
static Decision need(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                     uint64_t wanted_bytes) {
        uint32_t kept = spare_find_kept(in);

        if (s->drained)
                return stay(REASON_DRAINED);
        if (lease_forbids(in, wanted_bytes))
                return stay(lacks(c, in, wanted_bytes) ? REASON_LEASE : REASON_CALM);

        if (kept != SLOT_NONE && grow_enable_obstacle(s, in) == REASON_CALM &&
            !(kept_gives_way(in, kept) && lacks(c, in, wanted_bytes)))
                return act(ACTION_ENABLE, REASON_KEPT, kept);

        /* A cancelled drain gives its file back in a moment; swap that is nearly full cannot
         * wait for that. */
        if (in->job_cancelling && in->headroom_bytes >= sizing_critical_bytes(in, wanted_bytes))
                return stay(REASON_BUSY);
        if (in->headroom_bytes < wanted_bytes)
                return grow_decide(c, s, in, REASON_LOW_HEADROOM, wanted_bytes);
        if (sizing_active_bytes(in) < c->minimum_bytes && in->job != JOB_DRAIN)
                return grow_decide(c, s, in, REASON_BELOW_MINIMUM, wanted_bytes);
        return stay(REASON_CALM);
}

/* A swapoff cannot be frozen; and the image of a hibernation needs the swap there is. */
static Decision sleep_decide(const Sample *in) {
        if (in->job == JOB_DRAIN && !in->job_cancelling)
                return act(ACTION_CANCEL, REASON_SLEEP, in->job_slot);
        return stay(REASON_SLEEP);
}

static Decision choose(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                       uint64_t wanted_bytes) {
        Decision needed, rest;

        if (!in->pool_open)
                return stay(REASON_NO_POOL);
        if (in->sleeping)
                return sleep_decide(in);
        if (drain_must_stop(c, in, s->drained ? 0 : wanted_bytes))
                return act(ACTION_CANCEL, REASON_PRESSURE_BACK, in->job_slot);

        needed = need(c, s, in, wanted_bytes);
        if (interruption_is_over(s, in, &needed))
                return act(ACTION_CONTINUE, REASON_RELIEVED, SLOT_NONE);
        if (needed.reason != REASON_CALM && needed.reason != REASON_LEASE)
                return needed;

        rest = tidy_decide(c, s, in, wanted_bytes);
        return rest.action == ACTION_NONE && needed.reason == REASON_LEASE ? needed : rest;
}

Decision policy_decide(const PolicyConfig *c, PolicyState *s, const Sample *in) {
        uint64_t wanted;
        Decision d;

        observe(c, s, in);
        interruption_observe(s, in);
        wanted = u64_add(sizing_wanted_headroom(c, s->fill.bytes_per_sec, s->grow_usec, s->urgent),
                         sizing_tail_bytes(in));

        d = choose(c, s, in, wanted);
        interruption_remember(s, in, &d);
        d.headroom_bytes = in->headroom_bytes;
        d.wanted_bytes = wanted;
        d.fill_bytes_per_sec = s->fill.bytes_per_sec;
        d.next_look_usec = pace_next_look(c, s, in, &d);
        return d;
}

/* ---- what became of it ---- */

/* Slow once is believed at once; fast again has to prove itself. */
void policy_note_prepared(PolicyState *s, uint64_t took_usec) {
        uint64_t took = u64_clamp(took_usec, GROW_MIN_USEC, GROW_MAX_USEC);

        s->grow_usec = took > s->grow_usec ? took : s->grow_usec - (s->grow_usec - took) / 4;
        backoff_reset(&s->prepare);
        /* What was refused was another one. */
        backoff_expire(&s->enable);
}

/* What was needed a moment ago is not surplus: calm begins anew. */
void policy_note_enabled(PolicyState *s) {
        s->calm_since_usec = 0;
        backoff_reset(&s->enable);
        interruption_note_enabled(s);
}

void policy_note_refused(PolicyState *s, Action action, uint64_t now_usec, bool passes) {
        switch (action) {
        case ACTION_ENABLE:
                backoff_fail(&s->enable, now_usec, passes ? USEC_PER_SEC / 4 : 5 * USEC_PER_SEC,
                             passes ? 8 * USEC_PER_SEC : 5 * USEC_PER_MINUTE);
                return;
        case ACTION_PREPARE:
                backoff_fail(&s->prepare, now_usec, USEC_PER_SEC, 5 * USEC_PER_MINUTE);
                return;
        case ACTION_DRAIN:
                /* The file is back with all that is in it: that was not filled just now. */
                s->fill.last_usec = 0;
                s->calm_since_usec = 0;
                backoff_fail(&s->shrink, now_usec, 30 * USEC_PER_SEC, 30 * USEC_PER_MINUTE);
                return;
        case ACTION_REMOVE:
                backoff_fail(&s->remove, now_usec, 5 * USEC_PER_SEC, 5 * USEC_PER_MINUTE);
                return;
        case ACTION_INTERRUPT:
        case ACTION_CONTINUE:
                interruption_note_refused(s, action, now_usec, passes);
                return;
        case ACTION_NONE:
        case ACTION_CANCEL:
        case _ACTION_MAX:
                return;
        }
}

void policy_note_drained(PolicyState *s, uint64_t now_usec) {
        s->last_shrink_usec = now_usec;
        backoff_reset(&s->shrink);
}

void policy_note_removed(PolicyState *s, Reason reason, uint64_t now_usec) {
        backoff_reset(&s->remove);
        if (reason == REASON_DISK_LOW)
                s->refill_after_usec = now_usec + DISK_LOW_WAIT_USEC;
}

void policy_note_freed(PolicyState *s) {
        backoff_expire(&s->enable);
        backoff_expire(&s->prepare);
        backoff_expire(&s->resume);
}

void policy_set_drained(PolicyState *s, bool drained) {
        s->drained = drained;
}
