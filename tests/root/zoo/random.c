/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "random.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "rng.h"

#define PAGES_MAX 4096

/* How a step takes its numbers. */
typedef enum Shape {
        SHAPE_NONE,
        SHAPE_RANGE,  /* within the file */
        SHAPE_TRIPLE, /* a range, and a place in another */
        SHAPE_SIZE,   /* about the file's size */
        SHAPE_BYTES,  /* the same in bytes */
} Shape;

typedef struct Choice {
        const char *name;
        Shape shape;
        unsigned weight;
} Choice;

/* clang-format off */
static const Choice creations[] = {
        { "nocow",          SHAPE_NONE,   20 },
        { "plain",          SHAPE_NONE,    1 },
        { "cow",            SHAPE_NONE,    1 },
        { "compress",       SHAPE_NONE,    1 },
        { "snapshot; nocow", SHAPE_NONE,   2 },
};

static const Choice contents[] = {
        { "write",          SHAPE_RANGE,  10 },
        { "falloc",         SHAPE_RANGE,  10 },
        { "text",           SHAPE_RANGE,   4 },
        { "zero",           SHAPE_RANGE,   2 },
        { "keep",           SHAPE_RANGE,   2 },
        { "sync",           SHAPE_NONE,    4 },
        { "fsync",          SHAPE_NONE,    2 },
        { "fragment",       SHAPE_SIZE,    3 },
        { "punch",          SHAPE_RANGE,   2 },
        { "clone",          SHAPE_TRIPLE,  2 },
        { "copy-falloc",    SHAPE_RANGE,   1 },
        { "clone-back",     SHAPE_TRIPLE,  1 },
        { "clone-self",     SHAPE_TRIPLE,  1 },
        { "copy-unlink",    SHAPE_NONE,    3 },
        { "copy-punch",     SHAPE_RANGE,   2 },
        { "snapshot",       SHAPE_NONE,    1 },
        { "unsnapshot",     SHAPE_NONE,    2 },
        { "chattr-nocow",   SHAPE_NONE,    1 },
};

/* What mostly leaves it whole comes often, or next to nothing would be accepted. */
static const Choice endings[] = {
        { "sync",           SHAPE_NONE,   10 },
        { "truncate",       SHAPE_SIZE,    1 },
        { "truncate-bytes", SHAPE_BYTES,   2 },
        { "write",          SHAPE_RANGE,   4 },
        { "punch",          SHAPE_RANGE,   1 },
        { "falloc",         SHAPE_RANGE,   6 },
        { "clone",          SHAPE_TRIPLE,  1 },
        { "copy-unlink",    SHAPE_NONE,    3 },
        { "copy-punch",     SHAPE_RANGE,   1 },
        { "snapshot",       SHAPE_NONE,    1 },
        { "unsnapshot",     SHAPE_NONE,    3 },
        { "link",           SHAPE_NONE,    1 },
        { "read-only",      SHAPE_NONE,    1 },
        { "defrag",         SHAPE_NONE,    1 },
};
/* clang-format on */

typedef struct Writer {
        Rng rng;
        uint64_t pages;
        char *buf;
        size_t length;
} Writer;

static const Choice *choose(Rng *rng, const Choice *choices, size_t n) {
        uint64_t sum = 0, at;
        size_t i;

        for (i = 0; i < n; i++)
                sum += choices[i].weight;
        at = rng_range(rng, 0, sum - 1);
        for (i = 0; at >= choices[i].weight; i++)
                at -= choices[i].weight;
        return &choices[i];
}

static void put(Writer *w, const char *word) {
        size_t room = RANDOM_SCRIPT_MAX - w->length;
        int n = snprintf(w->buf + w->length, room, "%s", word);

        if (n > 0 && (size_t)n < room)
                w->length += (size_t)n;
}

static void put_number(Writer *w, uint64_t number) {
        char word[32];

        (void)snprintf(word, sizeof(word), " %" PRIu64, number);
        put(w, word);
}

/* Often right up to an edge, where mistakes are. */
static void put_range(Writer *w) {
        uint64_t from = rng_chance(&w->rng, 40) ? 0 : rng_range(&w->rng, 0, w->pages);
        uint64_t length =
                rng_chance(&w->rng, 50) ? w->pages - from : rng_scale(&w->rng, 1, w->pages);

        put_number(w, from);
        put_number(w, length == 0 ? 1 : length);
}

static uint64_t about_size(Writer *w) {
        uint64_t off = rng_chance(&w->rng, 60) ? 0 : rng_range(&w->rng, 0, 2);

        return rng_chance(&w->rng, 50) || off >= w->pages ? w->pages + off : w->pages - off;
}

static void put_step(Writer *w, const Choice *choice) {
        put(w, choice->name);
        switch (choice->shape) {
        case SHAPE_TRIPLE:
                put_range(w);
                put_number(w, rng_range(&w->rng, 0, w->pages));
                break;
        case SHAPE_RANGE:
                put_range(w);
                break;
        case SHAPE_SIZE:
                put_number(w, about_size(w));
                break;
        case SHAPE_BYTES:
                put_number(w, about_size(w) * 4096 + rng_range(&w->rng, 0, 4095));
                break;
        case SHAPE_NONE:
                break;
        }
        put(w, "; ");
}

void random_script(uint64_t seed, uint64_t number, char buf[RANDOM_SCRIPT_MAX]) {
        Writer w = { .rng = { seed * UINT64_C(1000003) + number }, .buf = buf };
        uint64_t n;

        buf[0] = '\0';
        w.pages = rng_scale(&w.rng, 2, PAGES_MAX);
        put_step(&w, choose(&w.rng, creations, ELEMENTSOF(creations)));
        for (n = rng_range(&w.rng, 1, 8); n > 0; n--)
                put_step(&w, choose(&w.rng, contents, ELEMENTSOF(contents)));

        /* Half of them whole before the end: otherwise a hole would hide all else. */
        if (rng_chance(&w.rng, 70)) {
                put(&w, "falloc 0");
                put_number(&w, w.pages);
                put(&w, "; ");
        }
        put(&w, "header");
        put_number(&w, about_size(&w));
        put(&w, "; ");
        for (n = rng_range(&w.rng, 0, 4); n > 0; n--)
                put_step(&w, choose(&w.rng, endings, ELEMENTSOF(endings)));
}
