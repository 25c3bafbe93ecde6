/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Numbers that look random and replay
 *
 * splitmix64: the same on every machine, so that a seed in a failure message is the whole story.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Rng {
        uint64_t state;
} Rng;

uint64_t rng_next(Rng *rng);

/* Both ends included. */
uint64_t rng_range(Rng *rng, uint64_t low, uint64_t high);

/* As many small ones as large ones: each doubling between the ends is equally likely. */
uint64_t rng_scale(Rng *rng, uint64_t low, uint64_t high);

bool rng_chance(Rng *rng, unsigned percent);
