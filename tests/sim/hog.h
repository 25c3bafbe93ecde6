/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a program does to memory
 *
 * A shape is a play of steps without end: take so much at so much a second, give so much back,
 * rest for so long. How much of what it asks for a hog gets, the machine decides.
 */

#include <stdint.h>

#include "rng.h"

typedef enum HogShape {
        HOG_IDLE,
        HOG_RAMP,
        HOG_BURST,
        HOG_SAW,
        HOG_LEAK,
        HOG_PLATEAU,
        HOG_MANY_SMALL,
        HOG_COMPILE,
        _HOG_SHAPE_MAX,
} HogShape;

const char *hog_shape_to_string(HogShape shape);

typedef enum HogVerb {
        HOG_REST,
        HOG_TAKE,
        HOG_GIVE,
} HogVerb;

typedef struct HogStep {
        HogVerb verb;
        uint64_t bytes;
        uint64_t bytes_per_sec;
        uint64_t usec; /* HOG_REST */
} HogStep;

typedef struct Hog {
        HogShape shape;
        uint64_t peak_bytes;
        uint64_t bytes_per_sec; /* never takes faster */
        unsigned step;
} Hog;

/* `held_bytes`: what it has now. */
HogStep hog_next(Hog *hog, Rng *rng, uint64_t held_bytes);
