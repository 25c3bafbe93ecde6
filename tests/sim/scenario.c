/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scenario.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"

/* The slowest pace of a policy that has no reason to hurry. */
#define LOOK_USEC (2 * USEC_PER_SEC)

static const char *const family_names[] = {
        [FAMILY_PROMISED] = "promised", [FAMILY_SHARED] = "shared", [FAMILY_WILD] = "wild",
        [FAMILY_HOSTILE] = "hostile",   [FAMILY_IDLE] = "idle",
};

static_assert(ELEMENTSOF(family_names) == _FAMILY_MAX, "one name per family");

const char *family_to_string(Family family) {
        return family_names[family];
}

uint64_t scenario_promised_bytes_per_sec(const Scenario *s) {
        uint64_t unit = s->config.file_bytes ? s->config.file_bytes : s->chunk_bytes;
        uint64_t growing_usec =
                s->prepare_max_usec + s->enable_usec + s->cancel_usec + s->remove_usec;

        return u64_min(s->config.headroom_bytes, unit) * USEC_PER_SEC / (growing_usec + LOOK_USEC);
}

static MachineModel model_make(Rng *rng) {
        MachineModel m = {
                .total_bytes = rng_scale(rng, 512 * MIB, 64 * GIB),
                .disk_bytes_per_sec = rng_scale(rng, 50 * MIB, 3 * GIB),
                .kswapd_bytes_per_sec = rng_range(rng, 320 * MIB, 640 * MIB),
                .some_permyriad = (uint32_t)rng_range(rng, 500, 2000),
                .full_permyriad = (uint32_t)rng_range(rng, 300, 1000),
                .window_usec = USEC_PER_SEC,
        };

        m.kernel_bytes = m.total_bytes / rng_range(rng, 8, 20);
        m.watermark_bytes = m.total_bytes / rng_range(rng, 32, 100);
        m.others_bytes = m.total_bytes / rng_range(rng, 2, 20);
        m.drain_bytes_per_sec = m.disk_bytes_per_sec / rng_range(rng, 1, 32);
        m.source = rng_chance(rng, 75)
                           ? PRESSURE_PSI
                           : (PressureSource)rng_range(rng, PRESSURE_PSI_SLOW, PRESSURE_VMSTAT);
        if (m.source == PRESSURE_PSI_SLOW)
                m.window_usec = 2 * USEC_PER_SEC;
        return m;
}

static PolicyConfig config_make(Rng *rng, const MachineModel *m) {
        PolicyConfig c = {
                .minimum_bytes = rng_range(rng, 0, 4) * 512 * MIB,
                .file_bytes = rng_chance(rng, 50) ? 0 : rng_scale(rng, 64, 1024) * MIB,
                .keep_free_bytes = rng_scale(rng, 256 * MIB, 20 * GIB),
                .headroom_bytes = rng_scale(rng, 128 * MIB, GIB),
                .margin_bytes = m->total_bytes / rng_range(rng, 8, 20),
                .calm_usec = rng_scale(rng, 10 * USEC_PER_SEC, 10 * USEC_PER_MINUTE),
                .interval_usec = rng_scale(rng, USEC_PER_SEC, 2 * USEC_PER_MINUTE),
                .on_balance = (OnBalance)rng_range(rng, 0, _ON_BALANCE_MAX - 1),
                .pressure_permyriad = m->some_permyriad,
        };

        c.maximum_bytes =
                c.minimum_bytes + m->total_bytes / 100 * rng_range(rng, 20, 200) + 2 * GIB;
        c.headroom_max_bytes = c.headroom_bytes * rng_range(rng, 1, 8);
        return c;
}

static void disk_make(Scenario *s, Rng *rng) {
        s->chunk_bytes = rng_chance(rng, 75) ? GIB : 256 * MIB;
        s->filesystem_bytes = s->config.maximum_bytes + s->config.keep_free_bytes +
                              rng_scale(rng, 4 * GIB, 512 * GIB);
        s->filesystem_taken_bytes = rng_range(rng, 0, s->filesystem_bytes / 2);

        s->prepare_min_usec = 2 * USEC_PER_MSEC;
        s->prepare_max_usec = rng_scale(rng, 4 * USEC_PER_MSEC, 20 * USEC_PER_SEC);
        s->enable_usec = rng_range(rng, USEC_PER_MSEC, 5 * USEC_PER_MSEC);
        s->remove_usec = rng_range(rng, USEC_PER_MSEC, 200 * USEC_PER_MSEC);
        s->cancel_usec = rng_range(rng, USEC_PER_MSEC, 500 * USEC_PER_MSEC);
        s->interrupt_max_usec = rng_scale(rng, 20 * USEC_PER_MSEC, 5 * USEC_PER_SEC);
}

static void hog_make(Scenario *s, Rng *rng) {
        s->hog.shape = (HogShape)rng_range(rng, HOG_RAMP, _HOG_SHAPE_MAX - 1);
        s->hog.peak_bytes = s->model.total_bytes / 100 * rng_range(rng, 20, 250);
        s->hog.bytes_per_sec = rng_scale(rng, 4 * MIB, 4 * GIB);
        s->play_usec = rng_scale(rng, USEC_PER_HOUR / 2, 6 * USEC_PER_HOUR);
        if (s->seed % 50 == 0)
                s->play_usec = 3 * 24 * USEC_PER_HOUR;

        if (s->family == FAMILY_IDLE)
                s->hog.shape = HOG_IDLE;
        if (s->family == FAMILY_PROMISED || s->family == FAMILY_SHARED)
                s->hog.bytes_per_sec =
                        u64_min(s->hog.bytes_per_sec, scenario_promised_bytes_per_sec(s));
}

static void accidents_make(Scenario *s, Rng *rng) {
        s->operations =
                s->family == FAMILY_SHARED || (s->family == FAMILY_WILD && rng_chance(rng, 50));
        if (s->family != FAMILY_HOSTILE)
                return;

        s->job_failure_percent = (unsigned)rng_range(rng, 0, 40);
        s->refusal_percent = (unsigned)rng_range(rng, 0, 40);
        s->poison_percent = (unsigned)rng_range(rng, 0, 10);
        s->operations = rng_chance(rng, 50);
        s->disk_users = rng_chance(rng, 50);
        s->requests = rng_chance(rng, 50);
        if (rng_chance(rng, 30))
                s->filesystem_taken_bytes =
                        s->filesystem_bytes -
                        rng_range(rng, 0, s->config.maximum_bytes + s->config.keep_free_bytes);
        if (rng_chance(rng, 20))
                s->areas_max = (unsigned)rng_range(rng, 3, 10);
}

Scenario scenario_make(uint64_t seed, Family family) {
        Rng rng = { seed * _FAMILY_MAX + family };
        Scenario s = { .seed = seed, .family = family, .areas_max = SWAP_AREAS_DEFAULT };

        s.model = model_make(&rng);
        s.config = config_make(&rng, &s.model);
        disk_make(&s, &rng);
        if (rng_chance(&rng, 30))
                s.zram_bytes = s.model.total_bytes / 2;
        if (rng_chance(&rng, 20))
                s.foreign_bytes = rng_scale(&rng, 256 * MIB, 4 * GIB);
        hog_make(&s, &rng);
        accidents_make(&s, &rng);
        return s;
}

void scenario_print(const Scenario *s) {
        printf("  --family %s --seed %" PRIu64 "\n", family_to_string(s->family), s->seed);
        printf("  RAM %s, disk %s/s, drain %s/s, zram %s, foreign swap %s, areas %u, source %s\n",
               FORMAT_SIZE(s->model.total_bytes), FORMAT_SIZE(s->model.disk_bytes_per_sec),
               FORMAT_SIZE(s->model.drain_bytes_per_sec), FORMAT_SIZE(s->zram_bytes),
               FORMAT_SIZE(s->foreign_bytes), s->areas_max,
               pressure_source_to_string(s->model.source));
        printf("  hog %s, peak %s, %s/s (promised %s/s), for %s\n",
               hog_shape_to_string(s->hog.shape), FORMAT_SIZE(s->hog.peak_bytes),
               FORMAT_SIZE(s->hog.bytes_per_sec), FORMAT_SIZE(scenario_promised_bytes_per_sec(s)),
               FORMAT_DURATION(s->play_usec));
        printf("  minimum %s, maximum %s, file %s, keep free %s, headroom %s to %s, margin %s\n",
               FORMAT_SIZE(s->config.minimum_bytes), FORMAT_SIZE(s->config.maximum_bytes),
               FORMAT_SIZE(s->config.file_bytes), FORMAT_SIZE(s->config.keep_free_bytes),
               FORMAT_SIZE(s->config.headroom_bytes), FORMAT_SIZE(s->config.headroom_max_bytes),
               FORMAT_SIZE(s->config.margin_bytes));
        printf("  pressure %u/10000, urgent %u/10000, kswapd %s/s\n", s->model.some_permyriad,
               s->model.full_permyriad, FORMAT_SIZE(s->model.kswapd_bytes_per_sec));
        printf("  calm %s, interval %s, filesystem %s (%s taken), prepare up to %s\n",
               FORMAT_DURATION(s->config.calm_usec), FORMAT_DURATION(s->config.interval_usec),
               FORMAT_SIZE(s->filesystem_bytes), FORMAT_SIZE(s->filesystem_taken_bytes),
               FORMAT_DURATION(s->prepare_max_usec));
        printf("  OnBalance=%s, interrupted within %s\n",
               on_balance_to_string(s->config.on_balance), FORMAT_DURATION(s->interrupt_max_usec));
        printf("  failures %u%%, refusals %u%%, poison %u%%%s%s%s\n", s->job_failure_percent,
               s->refusal_percent, s->poison_percent, s->operations ? ", operations" : "",
               s->disk_users ? ", disk users" : "", s->requests ? ", requests" : "");
}
