/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rng.h"

uint64_t rng_next(Rng *rng) {
        uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

uint64_t rng_range(Rng *rng, uint64_t low, uint64_t high) {
        return low + rng_next(rng) % (high - low + 1);
}

uint64_t rng_scale(Rng *rng, uint64_t low, uint64_t high) {
        unsigned doublings = 0;
        uint64_t floor, ceiling;

        while (doublings < 63 && low << doublings < high / 2)
                doublings++;

        floor = low << rng_range(rng, 0, doublings);
        ceiling = floor * 2 < high ? floor * 2 : high;
        return rng_range(rng, floor, ceiling > floor ? ceiling : floor);
}

bool rng_chance(Rng *rng, unsigned percent) {
        return rng_next(rng) % 100 < percent;
}
