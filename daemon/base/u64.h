/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Arithmetic on sizes and times that does not wrap
 */

#include <stdint.h>

static inline uint64_t u64_min(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

static inline uint64_t u64_max(uint64_t a, uint64_t b) {
        return a > b ? a : b;
}

static inline uint64_t u64_clamp(uint64_t value, uint64_t low, uint64_t high) {
        return u64_max(low, u64_min(value, high));
}

/* Saturates: "never" plus something is still never. */
static inline uint64_t u64_add(uint64_t a, uint64_t b) {
        return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* 0 where it would be negative. */
static inline uint64_t u64_subtract(uint64_t a, uint64_t b) {
        return a > b ? a - b : 0;
}

static inline uint64_t u64_round_down(uint64_t value, uint64_t unit) {
        return value - value % unit;
}

/* value * numerator / denominator, saturating. */
static inline uint64_t u64_scale(uint64_t value, uint64_t numerator, uint64_t denominator) {
        unsigned __int128 result = (unsigned __int128)value * numerator / denominator;

        return result > UINT64_MAX ? UINT64_MAX : (uint64_t)result;
}
