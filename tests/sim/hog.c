/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hog.h"

#include <assert.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/u64.h"

/* munmap() and exit() are that fast. */
#define GIVE_BYTES_PER_SEC (8 * GIB)

static const char *const names[] = {
        [HOG_IDLE] = "idle",       [HOG_RAMP] = "ramp",
        [HOG_BURST] = "burst",     [HOG_SAW] = "saw",
        [HOG_LEAK] = "leak",       [HOG_PLATEAU] = "plateau",
        [HOG_COMPILE] = "compile", [HOG_MANY_SMALL] = "many small",
};

static_assert(ELEMENTSOF(names) == _HOG_SHAPE_MAX, "one name per shape");

const char *hog_shape_to_string(HogShape shape) {
        return names[shape];
}

static HogStep rest(Rng *rng, uint64_t low_usec, uint64_t high_usec) {
        return (HogStep){ .verb = HOG_REST, .usec = rng_scale(rng, low_usec, high_usec) };
}

static HogStep take(uint64_t bytes, uint64_t bytes_per_sec) {
        return (HogStep){ .verb = HOG_TAKE, .bytes = bytes, .bytes_per_sec = bytes_per_sec };
}

static HogStep give(uint64_t bytes) {
        return (HogStep){ HOG_GIVE, .bytes = bytes, .bytes_per_sec = GIVE_BYTES_PER_SEC };
}

static HogStep to_level(const Hog *hog, uint64_t held_bytes, uint64_t level_bytes) {
        if (level_bytes > held_bytes)
                return take(level_bytes - held_bytes, hog->bytes_per_sec);
        return give(held_bytes - level_bytes);
}

/* Up, stay, down, rest; each shape has its own times. */
static HogStep mountain(Hog *hog, Rng *rng, uint64_t held_bytes, uint64_t stay_max_usec,
                        uint64_t rest_max_usec) {
        switch (hog->step++ % 4) {
        case 0:
                return to_level(hog, held_bytes,
                                rng_range(rng, hog->peak_bytes / 2, hog->peak_bytes));
        case 1:
                return rest(rng, USEC_PER_SEC, stay_max_usec);
        case 2:
                return give(held_bytes);
        default:
                return rest(rng, USEC_PER_SEC, rest_max_usec);
        }
}

static HogStep saw(Hog *hog, Rng *rng, uint64_t held_bytes) {
        if (hog->step++ % 2 == 0)
                return to_level(hog, held_bytes, hog->peak_bytes);
        return to_level(hog, held_bytes, rng_range(rng, 0, hog->peak_bytes / 2));
}

static HogStep leak(Hog *hog, Rng *rng, uint64_t held_bytes) {
        uint64_t slow = rng_scale(rng, 64 * KIB, 4 * MIB);

        if (held_bytes >= hog->peak_bytes)
                return give(held_bytes);
        if (hog->step++ % 8 == 0)
                return rest(rng, USEC_PER_SEC, 10 * USEC_PER_MINUTE);
        return take(u64_min(hog->peak_bytes / 8 + MIB, hog->peak_bytes - held_bytes),
                    u64_min(slow, hog->bytes_per_sec));
}

static HogStep plateau(Hog *hog, Rng *rng, uint64_t held_bytes) {
        uint64_t wiggle = hog->peak_bytes / 32;

        if (hog->step++ % 2 == 0)
                return to_level(
                        hog, held_bytes,
                        rng_range(rng, hog->peak_bytes - 2 * wiggle, hog->peak_bytes - wiggle));
        return rest(rng, USEC_PER_MINUTE, USEC_PER_HOUR);
}

static HogStep many_small(Hog *hog, Rng *rng, uint64_t held_bytes) {
        uint64_t bytes = rng_scale(rng, MIB, 64 * MIB);

        if (hog->step++ % 2 == 0)
                return rest(rng, 10 * USEC_PER_MSEC, 20 * USEC_PER_SEC);
        if (held_bytes + bytes > hog->peak_bytes || rng_chance(rng, 45))
                return give(u64_min(bytes, held_bytes));
        return take(bytes, hog->bytes_per_sec);
}

HogStep hog_next(Hog *hog, Rng *rng, uint64_t held_bytes) {
        switch (hog->shape) {
        case HOG_RAMP:
                return mountain(hog, rng, held_bytes, USEC_PER_HOUR, 2 * USEC_PER_HOUR);
        case HOG_BURST:
                return mountain(hog, rng, held_bytes, 30 * USEC_PER_SEC, USEC_PER_HOUR);
        case HOG_COMPILE:
                return mountain(hog, rng, held_bytes, USEC_PER_MINUTE, 5 * USEC_PER_MINUTE);
        case HOG_SAW:
                return saw(hog, rng, held_bytes);
        case HOG_LEAK:
                return leak(hog, rng, held_bytes);
        case HOG_PLATEAU:
                return plateau(hog, rng, held_bytes);
        case HOG_MANY_SMALL:
                return many_small(hog, rng, held_bytes);
        case HOG_IDLE:
        case _HOG_SHAPE_MAX:
                break;
        }

        return (HogStep){ HOG_REST, .usec = USEC_PER_HOUR };
}
