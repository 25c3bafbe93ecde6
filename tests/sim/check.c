/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include "base/parse.h"

/*
 * Backoff after a drain that failed doubles from 30 s to 30 min: seven times in the first hour,
 * and one more that began before it. Each drain that ends well begins it anew.
 */
#define FRUITLESS_CANCELS_PER_HOUR_MAX 8

/* A drain goes on so long at most after memory became short. */
#define CANCEL_WITHIN_USEC USEC_PER_SEC

/*
 * Looks at a machine where nothing happens: a few in a minute with plenty of memory. With less, no
 * more often than what is above the margin could go unseen: at a GiB in a second of stall, so at
 * the share of it that triggers do not tell. At a cap, six in a minute.
 */
#define PLENTY_BYTES (4 * GIB)
#define PLENTY_LOOKS_PER_HOUR_MAX 180
#define CAPPED_LOOKS_PER_HOUR_MAX 370

void check_expect(Sim *sim, bool holds, const char *sentence) {
        if (!holds && !sim->failure)
                sim->failure = sentence;
}

static uint64_t unit_bytes(const Sim *sim) {
        return sim->scenario.config.file_bytes ? sim->scenario.config.file_bytes
                                               : sim->scenario.chunk_bytes;
}

static unsigned slots_count(const Sim *sim, SlotState state) {
        unsigned count = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (sim->slots[i].state == state)
                        count++;
        return count;
}

static uint64_t slots_bytes(const Sim *sim, SlotState state) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (sim->slots[i].state == state)
                        sum += sim->slots[i].size_bytes;
        return sum;
}

static uint64_t disk_bytes(const Sim *sim) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                sum += sim->slots[i].size_bytes;
        return sum;
}

static unsigned areas_on(const Sim *sim) {
        unsigned count = 0;

        for (unsigned i = 0; i < AREAS_MAX; i++)
                if (sim->machine.areas[i].on)
                        count++;
        return count;
}

/* Room for one whole file more; said here in our own words, not in those of sizing.c. */
static bool caps_allow_more(const Sim *sim) {
        const PolicyConfig *c = &sim->scenario.config;
        uint64_t unit = unit_bytes(sim);

        if (areas_on(sim) + slots_count(sim, SLOT_SPARE) >= sim->scenario.areas_max)
                return false;
        return disk_bytes(sim) + unit <= c->maximum_bytes &&
               sim_free_bytes(sim) >= c->keep_free_bytes + unit;
}

/* ---- decisions ---- */

static void check_prepare(Sim *sim, const Sample *in, const Decision *d) {
        const PolicyConfig *c = &sim->scenario.config;

        check_expect(sim, in->job == JOB_NONE, "there is one job at a time");
        check_expect(sim, d->bytes > 0, "a file has a size");
        check_expect(sim, disk_bytes(sim) + d->bytes <= c->maximum_bytes, "MaximumSize= is kept");
        check_expect(sim, in->filesystem.free_bytes >= c->keep_free_bytes + d->bytes,
                     "KeepFree= is kept");
        check_expect(sim, areas_on(sim) + slots_count(sim, SLOT_SPARE) < sim->scenario.areas_max,
                     "no file is made that the kernel has no area for");
        check_expect(sim, slots_count(sim, SLOT_ABSENT) > 0, "no file is made without a slot");
}

static void check_enable(Sim *sim, const Sample *in, const Decision *d) {
        check_expect(sim, in->slots[d->slot].state == SLOT_SPARE, "what is turned on was a spare");
        check_expect(sim, !in->slots[d->slot].broken, "a broken spare is never turned on");
        check_expect(sim, !in->slots[d->slot].avoided, "nothing is turned on where it must not be");
        check_expect(sim, sim->operations.exclusive == EXCLUSIVE_NONE,
                     "nothing is turned on while the slot is taken");
        check_expect(sim, areas_on(sim) < sim->scenario.areas_max,
                     "there is an area to turn it on");
}

static void check_drain(Sim *sim, const Sample *in, const Decision *d) {
        const PolicyConfig *c = &sim->scenario.config;
        const SlotFacts *s = &in->slots[d->slot];

        check_expect(sim, in->job == JOB_NONE, "there is one job at a time");
        check_expect(sim, s->state == SLOT_ACTIVE, "what is drained was active");
        check_expect(sim, !s->kept, "a kept file is never chosen");
        check_expect(sim, sim->operations.leases == 0, "nothing is drained under a lease");
        check_expect(sim, sim->operations.exclusive == EXCLUSIVE_NONE,
                     "nothing is drained that could not come back");
        check_expect(sim, slots_bytes(sim, SLOT_ACTIVE) >= c->minimum_bytes + s->size_bytes,
                     "a drain leaves the minimum");
        check_expect(sim, in->memory.available_bytes >= c->margin_bytes + s->used_bytes,
                     "memory can hold what comes back");
        check_expect(sim, in->headroom_bytes >= c->headroom_bytes + s->size_bytes,
                     "a drain leaves the headroom");
        check_expect(sim, sim->grown_usec == 0 || in->now_usec >= sim->grown_usec + c->calm_usec,
                     "no file goes before calm has lasted since the last one came");
        check_expect(sim,
                     tally_last_hour(&sim->drains, in->now_usec) <=
                             USEC_PER_HOUR / c->interval_usec + 1,
                     "files go one per interval");
}

static void check_cancel(Sim *sim, const Sample *in) {
        check_expect(sim, in->job == JOB_DRAIN && !in->job_cancelling,
                     "only a drain is cancelled, once");
        check_expect(sim,
                     tally_last_hour(&sim->cancels, in->now_usec) <=
                             FRUITLESS_CANCELS_PER_HOUR_MAX *
                                     (1 + tally_last_hour(&sim->completed, in->now_usec)),
                     "drains are not begun to be cancelled");
}

static void check_remove(Sim *sim, const Sample *in, const Decision *d) {
        check_expect(sim, in->job == JOB_NONE, "there is one job at a time");
        check_expect(sim, in->slots[d->slot].state == SLOT_SPARE, "what is removed was a spare");
}

void check_decision(Sim *sim, const Sample *in, const Decision *d) {
        if (!in->pool_open)
                check_expect(sim, d->action == ACTION_NONE && d->reason == REASON_NO_POOL,
                             "nothing is done without a pool");
        if (sim->policy.drained)
                check_expect(sim,
                             d->action == ACTION_NONE || d->action == ACTION_CANCEL ||
                                     d->action == ACTION_CONTINUE,
                             "nothing is done in a drained pool");

        check_expect(sim, d->fill_bytes_per_sec / 5 * 4 <= sim->scenario.model.disk_bytes_per_sec,
                     "swap fills no faster than the disk takes it");

        switch (d->action) {
        case ACTION_NONE:
                check_expect(sim, d->next_look_usec > in->now_usec, "the next look is later");
                return;
        case ACTION_PREPARE:
                check_prepare(sim, in, d);
                return;
        case ACTION_ENABLE:
                check_enable(sim, in, d);
                return;
        case ACTION_DRAIN:
                check_drain(sim, in, d);
                return;
        case ACTION_CANCEL:
                check_cancel(sim, in);
                return;
        case ACTION_REMOVE:
                check_remove(sim, in, d);
                return;
        case ACTION_INTERRUPT:
                check_interrupt(sim, in, d);
                return;
        case ACTION_CONTINUE:
                check_continue(sim, in);
                return;
        case _ACTION_MAX:
                break;
        }
        check_expect(sim, false, "an action is one of those there are");
}

/* ---- moments ---- */

/*
 * systemd-oomd and earlyoom kill when a tenth of the swap is free, or less. As the kernel counts:
 * of an area that drains, what is left of it is used, and the rest is gone.
 */
static bool others_would_kill(const Sim *sim) {
        uint64_t total = 0, used = 0;

        for (unsigned i = 0; i < AREAS_MAX; i++) {
                const Area *area = &sim->machine.areas[i];

                if (!area->on)
                        continue;
                total += area->draining ? area->used_bytes : area->size_bytes;
                used += area->used_bytes;
        }
        return total > 0 && (total - used) < total / 10;
}

static void check_others(Sim *sim) {
        if (sim->scenario.family != FAMILY_PROMISED || !others_would_kill(sim))
                return;
        check_expect(sim, slots_count(sim, SLOT_SPARE) == 0,
                     "nobody kills for want of swap while a spare is ready");
        check_expect(sim, slots_count(sim, SLOT_PREPARING) == 0,
                     "nobody kills for want of swap before the next file is made");
        check_expect(sim, !caps_allow_more(sim),
                     "nobody kills for want of swap while the caps allow more");
}

static void check_headroom(Sim *sim) {
        if (sim->scenario.family != FAMILY_PROMISED || !sim->machine.starved)
                return;
        check_expect(sim, slots_count(sim, SLOT_SPARE) == 0,
                     "swap is not full while a spare is ready");
        check_expect(sim, slots_count(sim, SLOT_PREPARING) == 0,
                     "swap is not full before the next file is made");
        check_expect(sim, !caps_allow_more(sim), "swap is not full while the caps allow more");
}

static void check_drain_stops(Sim *sim) {
        const Machine *m = &sim->machine;
        bool needed = sim->job.kind == JOB_DRAIN && !sim->job.cancelling && !sim->job.by_user &&
                      sim->pool_open &&
                      machine_available_bytes(m) < sim->scenario.config.margin_bytes / 2;

        if (!needed)
                sim->margin_gone_usec = 0;
        else if (sim->margin_gone_usec == 0)
                sim->margin_gone_usec = m->now_usec;
        check_expect(sim, !needed || m->now_usec - sim->margin_gone_usec <= CANCEL_WITHIN_USEC,
                     "a drain stops when memory is needed");
}

void check_moment(Sim *sim) {
        check_headroom(sim);
        check_others(sim);
        check_drain_stops(sim);
        check_operation_moment(sim);
}

/* ---- stretches ---- */

void check_settled(Sim *sim) {
        const PolicyConfig *c = &sim->scenario.config;

        if (sim->scenario.family == FAMILY_HOSTILE || !caps_allow_more(sim))
                return;
        check_expect(sim, slots_bytes(sim, SLOT_ACTIVE) >= c->minimum_bytes,
                     "the minimum is online");
        check_expect(sim, machine_headroom_bytes(&sim->machine) >= c->headroom_bytes,
                     "headroom is online");
        /* The next file may be larger than the least: only where the disk has room for all. */
        if (sim_free_bytes(sim) >= c->keep_free_bytes + c->maximum_bytes)
                check_expect(sim, slots_count(sim, SLOT_SPARE) == 1, "one spare is ready");
}

/*
 * The rate that was seen is forgotten, calm lasts, then one file per interval goes, each as fast
 * as it drains. A balance that still runs, and a backoff that was earned before, may have to end
 * first.
 */
uint64_t check_return_usec(const Sim *sim) {
        const Scenario *s = &sim->scenario;
        uint64_t files = slots_count(sim, SLOT_ACTIVE) + 1;
        uint64_t drain_usec = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                drain_usec += sim->slots[i].size_bytes /
                              (s->model.drain_bytes_per_sec / USEC_PER_SEC + 1);
        return 8 * USEC_PER_MINUTE + s->config.calm_usec + drain_usec +
               files * (s->config.interval_usec + s->remove_usec + s->prepare_max_usec) +
               (sim->policy.shrink.failures > 0 ? 35 * USEC_PER_MINUTE : 0);
}

/* What systemd-oomd and earlyoom would not have us use; in our own words. */
static uint64_t tail_bytes(const Sim *sim) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < AREAS_MAX; i++)
                if (sim->machine.areas[i].on)
                        sum += sim->machine.areas[i].size_bytes;
        return sum / 10;
}

static bool could_go(const Sim *sim, uint32_t slot) {
        const PolicyConfig *c = &sim->scenario.config;
        const SlotFacts *s = &sim->slots[slot];

        return s->state == SLOT_ACTIVE && !s->kept &&
               slots_bytes(sim, SLOT_ACTIVE) >= c->minimum_bytes + s->size_bytes &&
               machine_headroom_bytes(&sim->machine) >=
                       2 * (c->headroom_bytes + tail_bytes(sim)) + s->size_bytes &&
               machine_available_bytes(&sim->machine) >= c->margin_bytes + s->used_bytes;
}

/* Those made in advance: a kept file that is off is not at the policy's disposal. */
static unsigned spares_count(const Sim *sim) {
        unsigned n = 0;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                n += sim->slots[i].state == SLOT_SPARE && !sim->slots[i].kept;
        return n;
}

void check_returned(Sim *sim) {
        check_expect(sim, sim->job.kind == JOB_NONE, "jobs end in calm");
        check_expect(sim, sim->operations.relocation == RELOCATION_NONE,
                     "a balance that was interrupted goes on to its end");
        check_expect(sim, spares_count(sim) <= 1, "one spare is enough in calm");
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                check_expect(sim, !could_go(sim, i), "the pool goes back to its minimum");
}

static uint64_t max_of(uint64_t a, uint64_t b) {
        return a > b ? a : b;
}

static uint64_t quiet_looks_per_hour_max(const Sim *sim) {
        uint64_t available = machine_available_bytes(&sim->machine);
        uint64_t margin = sim->scenario.config.margin_bytes;
        uint64_t headroom = machine_headroom_bytes(&sim->machine);
        uint64_t room = (available > margin ? available - margin : 0) + headroom / 2;
        bool psi = sim->scenario.model.source != PRESSURE_VMSTAT;
        uint64_t unseen = psi ? GIB / PERMYRIAD_ONE * sim->scenario.config.pressure_permyriad : GIB;
        uint64_t by_memory = 5 * USEC_PER_HOUR / (4 * room / (unseen / USEC_PER_SEC) + 1);
        uint64_t most =
                caps_allow_more(sim) ? PLENTY_LOOKS_PER_HOUR_MAX : CAPPED_LOOKS_PER_HOUR_MAX;

        if (psi && room >= PLENTY_BYTES)
                return most;
        /* Without triggers the headroom alone, at what a program in a cgroup writes, bounds it. */
        if (!psi && headroom < PLENTY_BYTES)
                by_memory = max_of(by_memory, 5 * USEC_PER_HOUR / (4 * headroom / 64 + 1));
        return max_of(by_memory, most);
}

void check_quiet(Sim *sim, uint64_t looks, uint64_t hours) {
        check_expect(sim, looks <= quiet_looks_per_hour_max(sim) * hours,
                     "an idle machine is left alone");
}

static bool backoff_is_sane(const Backoff *b, uint64_t now_usec) {
        return b->failures < 1000000 && b->until_usec <= now_usec + USEC_PER_HOUR;
}

void check_state(Sim *sim) {
        const PolicyState *p = &sim->policy;
        uint64_t now = sim->machine.now_usec;

        check_expect(sim, p->grow_usec >= USEC_PER_MSEC && p->grow_usec <= USEC_PER_MINUTE,
                     "growing takes a sane time");
        check_expect(sim,
                     p->interrupt_usec >= USEC_PER_MSEC && p->interrupt_usec <= USEC_PER_MINUTE,
                     "interrupting takes a sane time");
        check_expect(sim, p->fill.bytes_per_sec <= TIB && p->taken.bytes_per_sec <= TIB,
                     "rates are sane");
        check_expect(sim,
                     p->calm_since_usec <= now && p->last_shrink_usec <= now &&
                             p->last_sample_usec <= now,
                     "times are in the past");
        check_expect(sim,
                     backoff_is_sane(&p->enable, now) && backoff_is_sane(&p->prepare, now) &&
                             backoff_is_sane(&p->shrink, now) && backoff_is_sane(&p->remove, now) &&
                             backoff_is_sane(&p->interrupt, now) &&
                             backoff_is_sane(&p->resume, now),
                     "backoffs end");
}
