/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim.h"

#include "base/parse.h"
#include "base/u64.h"
#include "check.h"

/* One spare on, one more wanted, a job begun: more at one instant is a loop. */
#define DECISIONS_PER_WAKE_MAX 16

#define FIRST_PRIORITY 50

uint64_t sim_free_bytes(const Sim *sim) {
        uint64_t used = sim->taken_bytes;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                used += sim->slots[i].size_bytes;
        return used < sim->scenario.filesystem_bytes ? sim->scenario.filesystem_bytes - used : 0;
}

/* The machine has the truth about areas, the slots the names of it. */
Sample sim_sample(Sim *sim) {
        Sample in = {
                .filesystem = { .size_bytes = sim->scenario.filesystem_bytes,
                                .free_bytes = sim_free_bytes(sim),
                                .chunk_bytes = sim->scenario.chunk_bytes,
                                .single = true,
                                .writable = true },
                .areas_max = sim->scenario.areas_max,
                .pool_open = sim->pool_open,
                .job = sim->job.kind,
                .job_slot = sim->job.slot,
                .job_by_user = sim->job.by_user,
                .job_cancelling = sim->job.cancelling,
        };

        machine_sample(&sim->machine, &in);
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                sim->slots[i].used_bytes = sim->machine.areas[AREA_POOL + i].used_bytes;
                in.slots[i] = sim->slots[i];
        }
        if (sim->pool_open)
                in.operation = operations_facts(&sim->operations);
        return in;
}

/* ---- making it true ---- */

static void machine_move(Sim *sim, uint64_t until_usec) {
        Machine *m = &sim->machine;

        while (m->now_usec < until_usec && !sim->failure) {
                uint64_t usec = u64_min(machine_steady_usec(m), until_usec - m->now_usec);

                machine_advance(m, usec);
                check_moment(sim);
                if (m->hog_killed || machine_step_done(m))
                        machine_set_step(m, hog_next(&sim->hog, &sim->rng, m->hog_bytes));
                if (machine_triggered(m) || m->drain_killed)
                        return;
        }
}

static void job_begin(Sim *sim, JobKind kind, uint32_t slot, uint64_t usec, Reason reason) {
        uint64_t now = sim->machine.now_usec;

        sim->job = (SimJob){
                .kind = kind,
                .slot = slot,
                .began_usec = now,
                .end_usec = usec == USEC_INFINITY ? USEC_INFINITY : now + usec,
                .fails = rng_chance(&sim->rng, sim->scenario.job_failure_percent),
                .reason = reason,
        };
}

static uint32_t slot_absent(const Sim *sim) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (sim->slots[i].state == SLOT_ABSENT)
                        return i;
        return SLOT_NONE;
}

static void apply_prepare(Sim *sim, const Decision *d) {
        uint32_t slot = slot_absent(sim);

        sim->slots[slot] = (SlotFacts){ .state = SLOT_PREPARING, .size_bytes = d->bytes };
        job_begin(sim, JOB_PREPARE, slot,
                  rng_scale(&sim->rng, sim->scenario.prepare_min_usec,
                            sim->scenario.prepare_max_usec),
                  d->reason);
}

static void area_on(Sim *sim, uint32_t slot, const Sample *in) {
        SlotFacts *s = &sim->slots[slot];

        s->state = SLOT_ACTIVE;
        s->priority = sizing_next_priority(in, FIRST_PRIORITY);
        sim->machine.areas[AREA_POOL + slot] = (Area){
                .on = true,
                .priority = s->priority,
                .size_bytes = s->size_bytes,
        };
}

static void apply_enable(Sim *sim, const Sample *in, const Decision *d) {
        uint64_t now;

        machine_move(sim, sim->machine.now_usec + sim->scenario.enable_usec);
        now = sim->machine.now_usec;

        if (sim->operations.exclusive != EXCLUSIVE_NONE ||
            rng_chance(&sim->rng, sim->scenario.refusal_percent)) {
                policy_note_refused(&sim->policy, ACTION_ENABLE, now, true);
                return;
        }
        if (rng_chance(&sim->rng, sim->scenario.poison_percent)) {
                sim->slots[d->slot].broken = true;
                policy_note_refused(&sim->policy, ACTION_ENABLE, now, false);
                return;
        }
        area_on(sim, d->slot, in);
        sim->grown_usec = now;
        tally_add(&sim->enables, now);
        policy_note_enabled(&sim->policy);
}

static void drain_begin(Sim *sim, uint32_t slot, bool by_user) {
        sim->slots[slot].state = SLOT_DRAINING;
        sim->machine.areas[AREA_POOL + slot].draining = true;
        job_begin(sim, JOB_DRAIN, slot, USEC_INFINITY, REASON_SURPLUS);
        sim->job.by_user = by_user;
}

static void apply_cancel(Sim *sim) {
        sim->job.cancelling = true;
        sim->job.end_usec = sim->machine.now_usec + sim->scenario.cancel_usec;
        if (!sim->job.by_user)
                tally_add(&sim->cancels, sim->machine.now_usec);
}

static void apply_remove(Sim *sim, const Decision *d) {
        sim->slots[d->slot].state = SLOT_REMOVING;
        job_begin(sim, JOB_REMOVE, d->slot, sim->scenario.remove_usec, d->reason);
}

static void apply_relocation(Sim *sim, Action action) {
        uint64_t now = sim->machine.now_usec;

        if (rng_chance(&sim->rng, sim->scenario.job_failure_percent))
                policy_note_refused(&sim->policy, action, now, rng_chance(&sim->rng, 50));
        else if (action == ACTION_CONTINUE)
                operations_continue(&sim->operations, now);
        else
                operations_interrupt(&sim->operations, &sim->rng, now);
        if (action == ACTION_INTERRUPT)
                tally_add(&sim->interrupts, now);
}

static void apply(Sim *sim, const Sample *in, const Decision *d) {
        switch (d->action) {
        case ACTION_PREPARE:
                apply_prepare(sim, d);
                return;
        case ACTION_ENABLE:
                apply_enable(sim, in, d);
                return;
        case ACTION_DRAIN:
                tally_add(&sim->drains, in->now_usec);
                drain_begin(sim, d->slot, false);
                return;
        case ACTION_REMOVE:
                apply_remove(sim, d);
                return;
        case ACTION_CANCEL:
                apply_cancel(sim);
                return;
        case ACTION_INTERRUPT:
        case ACTION_CONTINUE:
                apply_relocation(sim, d->action);
                return;
        case ACTION_NONE:
        case _ACTION_MAX:
                return;
        }
}

/* ---- what became of jobs ---- */

static void prepare_end(Sim *sim) {
        SlotFacts *s = &sim->slots[sim->job.slot];
        uint64_t now = sim->machine.now_usec;

        if (sim->job.fails) {
                *s = (SlotFacts){ 0 };
                policy_note_refused(&sim->policy, ACTION_PREPARE, now, true);
                return;
        }
        s->state = SLOT_SPARE;
        policy_note_prepared(&sim->policy, now - sim->job.began_usec);
}

static void drain_end(Sim *sim, bool emptied) {
        Area *a = &sim->machine.areas[AREA_POOL + sim->job.slot];
        uint64_t now = sim->machine.now_usec;

        a->draining = false;
        sim->machine.drain_killed = false;
        sim->slots[sim->job.slot].state = emptied ? SLOT_SPARE : SLOT_ACTIVE;
        if (!emptied) {
                policy_note_refused(&sim->policy, ACTION_DRAIN, now, true);
                return;
        }
        *a = (Area){ 0 };
        sim->slots[sim->job.slot].used_bytes = 0;
        tally_add(&sim->completed, now);
        policy_note_drained(&sim->policy, now);
}

static void remove_end(Sim *sim) {
        uint64_t now = sim->machine.now_usec;

        if (sim->job.fails) {
                sim->slots[sim->job.slot].state = SLOT_SPARE;
                policy_note_refused(&sim->policy, ACTION_REMOVE, now, true);
                return;
        }
        sim->slots[sim->job.slot] = (SlotFacts){ 0 };
        policy_note_removed(&sim->policy, sim->job.reason, now);
}

static bool job_over(const Sim *sim) {
        const Area *a = &sim->machine.areas[AREA_POOL + sim->job.slot];

        if (sim->job.kind == JOB_NONE)
                return false;
        if (sim->job.kind == JOB_DRAIN && (a->used_bytes == 0 || sim->machine.drain_killed))
                return true;
        return sim->machine.now_usec >= sim->job.end_usec;
}

static void job_end(Sim *sim) {
        bool emptied = sim->machine.areas[AREA_POOL + sim->job.slot].used_bytes == 0;

        if (sim->job.kind == JOB_PREPARE)
                prepare_end(sim);
        else if (sim->job.kind == JOB_DRAIN)
                drain_end(sim, emptied && !sim->job.fails);
        else
                remove_end(sim);
        sim->job = (SimJob){ 0 };
}

/* ---- accidents ---- */

static uint32_t slot_in(Sim *sim, SlotState state) {
        uint32_t from = (uint32_t)rng_range(&sim->rng, 0, POOL_SLOTS_MAX - 1);

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (sim->slots[(from + i) % POOL_SLOTS_MAX].state == state)
                        return (from + i) % POOL_SLOTS_MAX;
        return SLOT_NONE;
}

static void accident_request(Sim *sim) {
        uint32_t active = slot_in(sim, SLOT_ACTIVE);

        switch (rng_range(&sim->rng, 0, 3)) {
        case 0:
                if (active != SLOT_NONE)
                        sim->slots[active].kept = !sim->slots[active].kept;
                return;
        case 1:
                if (active != SLOT_NONE && sim->job.kind == JOB_NONE)
                        drain_begin(sim, active, true);
                return;
        case 2:
                policy_set_drained(&sim->policy, !sim->policy.drained);
                return;
        default:
                sim->pool_open = !sim->pool_open;
                return;
        }
}

static void accident(Sim *sim) {
        const Scenario *s = &sim->scenario;

        if (s->disk_users)
                sim->taken_bytes = rng_range(&sim->rng, 0, s->filesystem_bytes);
        if (s->requests)
                accident_request(sim);
        sim->accident_usec = sim->machine.now_usec +
                             rng_scale(&sim->rng, 10 * USEC_PER_SEC, 20 * USEC_PER_MINUTE);
}

/* ---- operations ---- */

/* What the lease is for lies where it may: what is made from then on lies elsewhere. */
static void slots_avoid(Sim *sim, unsigned percent) {
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                sim->slots[i].avoided =
                        sim->slots[i].state != SLOT_ABSENT && rng_chance(&sim->rng, percent);
}

static void operations_happen(Sim *sim) {
        uint64_t now = sim->machine.now_usec;
        OperationsNews news = operations_advance(&sim->operations, &sim->rng, now);

        if (news == OPERATIONS_SILENT)
                return;
        if (news == OPERATIONS_FREED)
                policy_note_freed(&sim->policy);
        if (news == OPERATIONS_NEW_LEASE || news == OPERATIONS_NO_LEASE)
                slots_avoid(sim, news == OPERATIONS_NEW_LEASE ? 40 : 0);
        sim->next_look_usec = now;
}

/* ---- the loop ---- */

static void wake(Sim *sim) {
        Decision d = { .action = ACTION_NONE };
        unsigned asked = 0;

        sim->looks++;
        do {
                Sample in = sim_sample(sim);

                if (++asked > DECISIONS_PER_WAKE_MAX) {
                        sim->failure = "a wake-up ends";
                        return;
                }
                d = policy_decide(&sim->scenario.config, &sim->policy, &in);
                sim->decisions++;
                trace_add(&sim->trace, &in, &d);
                check_decision(sim, &in, &d);
                if (sim->failure)
                        return;
                apply(sim, &in, &d);
        } while (d.action != ACTION_NONE);

        sim->next_look_usec = d.next_look_usec;
}

static void step(Sim *sim, uint64_t until_usec) {
        uint64_t when = u64_min(until_usec, sim->next_look_usec);

        when = u64_min(when, sim->accident_usec);
        when = u64_min(when, operations_next_usec(&sim->operations));
        if (sim->job.kind != JOB_NONE)
                when = u64_min(when, sim->job.end_usec);
        if (sim->job.kind == JOB_DRAIN)
                when = u64_min(when, sim->machine.now_usec + machine_steady_usec(&sim->machine));
        machine_move(sim, when);

        if (sim->machine.now_usec >= sim->accident_usec) {
                accident(sim);
                sim->next_look_usec = u64_min(sim->next_look_usec, sim->machine.now_usec);
        }
        if (sim->machine.now_usec >= operations_next_usec(&sim->operations))
                operations_happen(sim);
        if (job_over(sim)) {
                job_end(sim);
                sim->next_look_usec = sim->machine.now_usec;
        }
        if (machine_triggered(&sim->machine) || sim->machine.now_usec >= sim->next_look_usec)
                wake(sim);
}

void sim_run(Sim *sim, uint64_t until_usec) {
        while (sim->machine.now_usec < until_usec && !sim->failure)
                step(sim, until_usec);
}

void sim_calm_down(Sim *sim) {
        Machine *m = &sim->machine;

        sim->hog.shape = HOG_IDLE;
        machine_set_step(m, (HogStep){ HOG_GIVE, m->hog_bytes, 8 * GIB });
        sim->scenario.job_failure_percent = 0;
        sim->scenario.refusal_percent = 0;
        sim->scenario.poison_percent = 0;
        operations_calm_down(&sim->operations, m->now_usec);
        slots_avoid(sim, 0);
        sim->pool_open = true;
        sim->accident_usec = USEC_INFINITY;
        sim->job.fails = false;
        policy_set_drained(&sim->policy, false);
        policy_note_freed(&sim->policy);
        sim->next_look_usec = m->now_usec;
}

void sim_init(Sim *sim, const Scenario *scenario) {
        Machine *m = &sim->machine;

        *sim = (Sim){
                .scenario = *scenario,
                .rng = { scenario->seed ^ UINT64_C(0x5151515151515151) },
                .hog = { HOG_IDLE },
                .policy = POLICY_STATE_INIT,
                .pool_open = true,
                .accident_usec = USEC_INFINITY,
                .taken_bytes = scenario->filesystem_taken_bytes,
        };
        machine_init(m, &scenario->model);
        operations_init(&sim->operations, scenario->interrupt_max_usec);
        machine_set_step(m, (HogStep){ HOG_REST, .usec = USEC_PER_SEC });
        if (scenario->zram_bytes > 0)
                m->areas[AREA_ZRAM] =
                        (Area){ .on = true, .priority = 100, .size_bytes = scenario->zram_bytes };
        if (scenario->foreign_bytes > 0)
                m->areas[AREA_FOREIGN] =
                        (Area){ .on = true, .priority = 90, .size_bytes = scenario->foreign_bytes };
}
