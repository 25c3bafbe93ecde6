/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine.h"

#include "base/parse.h"
#include "base/u64.h"

/* Within this of the watermark is at the watermark: rates are whole bytes and drift. */
#define WATERMARK_BAND_BYTES (256 * KIB)

/* Three pages in the room of one, compressed by one core. */
#define ZRAM_RATIO 3
#define ZRAM_BYTES_PER_SEC GIB

/* swapoff waits for its reads most of the time. */
#define DRAIN_STALL_PERMYRIAD 8000

typedef struct Flow {
        uint64_t hog;    /* taken or given by the hog, per second */
        uint64_t drain;  /* out of the draining area */
        uint64_t out;    /* into `target` */
        uint64_t relief; /* of memory, by what goes out */
        unsigned target;
        bool throttled;
        bool starved;
} Flow;

static uint64_t share(uint64_t value, uint64_t numerator, uint64_t denominator) {
        return (uint64_t)((unsigned __int128)value * numerator / denominator);
}

static uint64_t moved(uint64_t bytes_per_sec, uint64_t usec) {
        return share(bytes_per_sec, usec, USEC_PER_SEC);
}

/* Rounded up: after that long, it is over. */
static uint64_t time_for(uint64_t bytes, uint64_t bytes_per_sec) {
        return share(bytes, USEC_PER_SEC, bytes_per_sec) + 1;
}

static unsigned find_draining(const Machine *m) {
        for (unsigned i = 0; i < AREAS_MAX; i++)
                if (m->areas[i].on && m->areas[i].draining)
                        return i;
        return AREA_NONE;
}

static unsigned find_target(const Machine *m) {
        unsigned found = AREA_NONE;

        for (unsigned i = 0; i < AREAS_MAX; i++) {
                const Area *a = &m->areas[i];

                if (!a->on || a->draining || a->used_bytes >= a->size_bytes)
                        continue;
                if (found == AREA_NONE || a->priority > m->areas[found].priority)
                        found = i;
        }
        return found;
}

static uint64_t swapped_everywhere(const Machine *m) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < AREAS_MAX; i++)
                sum += m->areas[i].used_bytes;
        return sum;
}

uint64_t machine_available_bytes(const Machine *m) {
        uint64_t used = m->model.kernel_bytes + m->model.others_bytes + m->hog_bytes +
                        m->areas[AREA_ZRAM].used_bytes / ZRAM_RATIO;

        used -= swapped_everywhere(m);
        return used < m->model.total_bytes ? m->model.total_bytes - used : 0;
}

/* The kernel at or below its watermark: what goes out, and what that leaves for the others. */
static void flow_reclaim(const Machine *m, Flow *f, uint64_t available) {
        uint64_t need = f->drain + (m->step.verb == HOG_TAKE ? f->hog : 0);
        bool behind = available + WATERMARK_BAND_BYTES < m->model.watermark_bytes;
        bool zram;
        uint64_t most;

        f->target = find_target(m);
        f->starved = f->target == AREA_NONE;
        if (f->starved)
                return;

        zram = f->target == AREA_ZRAM;
        most = zram ? ZRAM_BYTES_PER_SEC / ZRAM_RATIO * (ZRAM_RATIO - 1)
                    : m->model.disk_bytes_per_sec;
        f->throttled = need > most;
        if (f->throttled) {
                f->drain = u64_min(f->drain, most / 2);
                if (m->step.verb == HOG_TAKE)
                        f->hog = most - f->drain;
                need = most;
        }
        f->relief = behind ? most : need;
        f->out = zram ? f->relief / (ZRAM_RATIO - 1) * ZRAM_RATIO : f->relief;
}

static Flow flow_now(const Machine *m) {
        uint64_t available = machine_available_bytes(m);
        unsigned draining = find_draining(m);
        Flow f = { .target = AREA_NONE };

        if (m->step.verb != HOG_REST && m->step_left > 0)
                f.hog = m->step.bytes_per_sec;
        if (draining != AREA_NONE && m->areas[draining].used_bytes > 0)
                f.drain = m->model.drain_bytes_per_sec;
        if (available <= m->model.watermark_bytes + WATERMARK_BAND_BYTES)
                flow_reclaim(m, &f, available);
        return f;
}

static uint32_t some_permyriad(const Machine *m, const Flow *f) {
        uint64_t stall = share(f->out, PERMYRIAD_ONE, m->model.kswapd_bytes_per_sec);

        if (f->throttled || (f->starved && (f->hog > 0 || f->drain > 0)))
                return PERMYRIAD_ONE;
        if (f->drain > 0)
                stall += DRAIN_STALL_PERMYRIAD;
        return (uint32_t)u64_min(stall, PERMYRIAD_ONE);
}

static uint32_t full_permyriad(const Flow *f) {
        if (f->starved && (f->hog > 0 || f->drain > 0))
                return 8000;
        return f->throttled ? 3000 : 0;
}

/* ---- how long ---- */

static uint64_t steady_by_memory(const Machine *m, const Flow *f) {
        uint64_t available = machine_available_bytes(m), watermark = m->model.watermark_bytes;
        uint64_t need = f->drain + (m->step.verb == HOG_TAKE ? f->hog : 0);

        if (m->step.verb == HOG_GIVE && available < watermark + WATERMARK_BAND_BYTES)
                return 100 * USEC_PER_MSEC;
        if (available > watermark + WATERMARK_BAND_BYTES && need > 0)
                return time_for(available - watermark, need);
        if (f->starved && need > 0)
                return time_for(available, need);
        if (f->relief > need)
                return time_for(watermark - u64_min(available, watermark), f->relief - need);
        return UINT64_MAX;
}

static uint64_t steady_by_trigger(const Machine *m, const Trigger *t, uint32_t stall,
                                  uint32_t threshold) {
        uint64_t window_left = m->window_end_usec - m->now_usec;
        uint64_t needed = share(m->model.window_usec, threshold, PERMYRIAD_ONE);
        uint64_t wait;

        if (m->model.source == PRESSURE_VMSTAT || stall < threshold)
                return UINT64_MAX;
        if (t->told)
                return window_left;

        wait = share(needed - u64_min(needed, t->stalled_usec), PERMYRIAD_ONE, stall) + 1;
        return u64_min(wait, window_left);
}

uint64_t machine_steady_usec(const Machine *m) {
        Flow f = flow_now(m);
        unsigned draining = find_draining(m);
        uint64_t usec = steady_by_memory(m, &f);

        if (m->step.verb == HOG_REST)
                usec = u64_min(usec, m->step_left);
        else if (f.hog > 0)
                usec = u64_min(usec, time_for(m->step_left, f.hog));
        if (f.drain > 0)
                usec = u64_min(usec, time_for(m->areas[draining].used_bytes, f.drain));
        if (f.out > 0)
                usec = u64_min(usec, time_for(m->areas[f.target].size_bytes -
                                                      m->areas[f.target].used_bytes,
                                              f.out));
        usec = u64_min(usec, steady_by_trigger(m, &m->some, some_permyriad(m, &f),
                                               m->model.some_permyriad));
        usec = u64_min(usec,
                       steady_by_trigger(m, &m->full, full_permyriad(&f), m->model.full_permyriad));
        return usec > 0 ? usec : 1;
}

/* ---- moving on ---- */

static void trigger_advance(Trigger *t, uint64_t needed, uint64_t stalled) {
        t->stalled_usec += stalled;
        if (t->told || t->stalled_usec < needed)
                return;
        t->told = true;
        t->fired = true;
}

/* The rest of a time that began in an earlier window counts in the last one alone. */
static void windows_advance(Machine *m, uint64_t usec, uint32_t some, uint32_t full) {
        uint64_t window = m->model.window_usec, inside = usec;

        if (m->now_usec >= m->window_end_usec) {
                inside = (m->now_usec - m->window_end_usec) % window;
                m->window_end_usec = m->now_usec - inside + window;
                m->some = (Trigger){ .fired = m->some.fired };
                m->full = (Trigger){ .fired = m->full.fired };
        }
        if (m->model.source == PRESSURE_VMSTAT)
                return;
        trigger_advance(&m->some, share(window, m->model.some_permyriad, PERMYRIAD_ONE),
                        share(inside, some, PERMYRIAD_ONE));
        trigger_advance(&m->full, share(window, m->model.full_permyriad, PERMYRIAD_ONE),
                        share(inside, full, PERMYRIAD_ONE));
}

static void pressure_advance(Machine *m, const Flow *f, uint64_t usec) {
        uint32_t some = some_permyriad(m, f), full = full_permyriad(f);

        m->some_total_usec += share(usec, some, PERMYRIAD_ONE);
        m->full_total_usec += share(usec, full, PERMYRIAD_ONE);
        if (f->throttled || f->starved)
                m->alloc_stalls += usec / USEC_PER_MSEC + 1;
        m->swap_outs += moved(f->out, usec) / 4096;
        windows_advance(m, usec, some, full);
}

static void hog_give(Machine *m, uint64_t bytes) {
        uint64_t all = m->model.others_bytes + m->hog_bytes;

        bytes = u64_min(bytes, m->hog_bytes);
        if (bytes == 0)
                return;
        for (unsigned i = 0; i < AREAS_MAX; i++)
                m->areas[i].used_bytes -= share(m->areas[i].used_bytes, bytes, all);
        m->hog_bytes -= bytes;
}

/* swapoff's process is the first victim: set_current_oom_origin(). */
static void oom_kill(Machine *m) {
        if (find_draining(m) != AREA_NONE) {
                m->drain_killed = true;
                return;
        }
        hog_give(m, m->hog_bytes);
        m->step_left = 0;
        m->hog_killed = true;
}

static void hog_advance(Machine *m, uint64_t bytes, uint64_t usec) {
        if (m->step.verb == HOG_REST) {
                m->step_left -= u64_min(m->step_left, usec);
                return;
        }
        bytes = u64_min(bytes, m->step_left);
        m->step_left -= bytes;
        if (m->step.verb == HOG_TAKE)
                m->hog_bytes += bytes;
        else
                hog_give(m, bytes);
}

/* No more than there is: memory that is not swapped yet, and room in the area. */
static void area_fill(Machine *m, Area *a, uint64_t bytes) {
        uint64_t all = m->model.others_bytes + m->hog_bytes, swapped = swapped_everywhere(m);

        bytes = u64_min(bytes, a->size_bytes - a->used_bytes);
        a->used_bytes += u64_min(bytes, all > swapped ? all - swapped : 0);
}

void machine_advance(Machine *m, uint64_t usec) {
        Flow f = flow_now(m);
        unsigned draining = find_draining(m);

        m->now_usec += usec;
        m->starved = f.starved;
        if (f.out > 0)
                area_fill(m, &m->areas[f.target], moved(f.out, usec));
        hog_advance(m, moved(f.hog, usec), usec);
        if (f.drain > 0)
                m->areas[draining].used_bytes -=
                        u64_min(m->areas[draining].used_bytes, moved(f.drain, usec));
        pressure_advance(m, &f, usec);

        if (f.starved && machine_available_bytes(m) == 0)
                oom_kill(m);
}

void machine_init(Machine *m, const MachineModel *model) {
        *m = (Machine){
                .model = *model,
                .now_usec = USEC_PER_SEC,
                .window_end_usec = USEC_PER_SEC + model->window_usec,
        };
}

void machine_set_step(Machine *m, HogStep step) {
        m->step = step;
        m->step_left = step.verb == HOG_REST ? step.usec : step.bytes;
        m->hog_killed = false;
}

bool machine_step_done(const Machine *m) {
        return m->step_left == 0;
}

bool machine_triggered(const Machine *m) {
        return m->some.fired || m->full.fired;
}

uint64_t machine_headroom_bytes(const Machine *m) {
        uint64_t sum = 0, coming_back = 0;

        for (unsigned i = AREA_FOREIGN; i < AREAS_MAX; i++) {
                if (m->areas[i].on && !m->areas[i].draining)
                        sum += m->areas[i].size_bytes - m->areas[i].used_bytes;
                if (m->areas[i].on && m->areas[i].draining)
                        coming_back += m->areas[i].used_bytes;
        }
        return sum > coming_back ? sum - coming_back : 0;
}

uint64_t machine_swapped_bytes(const Machine *m) {
        uint64_t sum = 0;

        for (unsigned i = AREA_FOREIGN; i < AREAS_MAX; i++)
                if (m->areas[i].on && !m->areas[i].draining)
                        sum += m->areas[i].used_bytes;
        return sum;
}

void machine_sample(Machine *m, Sample *in) {
        in->now_usec = m->now_usec;
        in->memory.total_bytes = m->model.total_bytes;
        in->memory.available_bytes = machine_available_bytes(m);
        in->headroom_bytes = machine_headroom_bytes(m);
        in->swapped_bytes = machine_swapped_bytes(m);
        for (unsigned i = 0; i < AREAS_MAX; i++) {
                if (!m->areas[i].on)
                        continue;
                in->areas_used++;
                in->memory.swap_total_bytes += m->areas[i].size_bytes;
                in->memory.swap_free_bytes += m->areas[i].size_bytes - m->areas[i].used_bytes;
        }
        in->pressure.source = m->model.source;
        in->pressure.alloc_stalls = m->alloc_stalls;
        in->pressure.swap_outs = m->swap_outs;
        if (m->model.source != PRESSURE_VMSTAT) {
                in->pressure.some_total_usec = m->some_total_usec;
                in->pressure.full_total_usec = m->full_total_usec;
        }
        in->pressed = m->some.fired;
        in->urgent = m->full.fired;
        m->some.fired = m->full.fired = false;
}
