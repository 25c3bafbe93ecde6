/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include <string.h>

/* Below 1 % of time stalled, nobody would call it pressure. */
#define CALM_PERMYRIAD 100

/* clang-format off */
static const struct {
        const char *work; /* kind of a job, or action of a decision */
        const char *words;
} works[] = {
        { "enable",  "Growing"                  },
        { "add",     "Growing"                  },
        { "prepare", "Preparing a swapfile"     },
        { "drain",   "Giving swap back"         },
        { "remove",  "Removing a swapfile"      },
        { "cancel",  "Keeping swap that was being given back" },
};
/* clang-format on */

static const char *work_words(const char *work) {
        for (size_t i = 0; i < ELEMENTSOF(works); i++)
                if (strcmp(works[i].work, work) == 0)
                        return works[i].words;
        return NULL;
}

/* What runs counts; the decision may already be the next. */
static const char *pool_work(const PoolInfo *pool) {
        const char *words = work_words(pool->job.kind);

        return words ? words : work_words(pool->decision.action);
}

static const SwapfileInfo *swapfile_in_need(const PoolInfo *pool) {
        for (size_t i = 0; i < pool->n_swapfiles; i++)
                if (*pool->swapfiles[i].message || strcmp(pool->swapfiles[i].state, "foreign") == 0)
                        return &pool->swapfiles[i];
        return NULL;
}

static bool write_trouble(char *buf, size_t size, const PoolInfo *pool) {
        const SwapfileInfo *swapfile = swapfile_in_need(pool);

        if (*pool->message)
                (void)snprintf(buf, size, "Attention: %s", pool->message);
        else if (strcmp(pool->state, "drained") == 0)
                (void)snprintf(buf, size,
                               "Drained on request: no swap from here until 'swapctl "
                               "add' or a restart of btrfs-swapd");
        else if (pool->headroom_bytes < pool->wanted_headroom_bytes && !pool_work(pool))
                (void)snprintf(buf, size, "Attention: %s", pool->decision.sentence);
        else if (swapfile)
                (void)snprintf(buf, size, "Attention: swapfile '%s': %s", swapfile->name,
                               *swapfile->message ? swapfile->message : "not made by btrfs-swapd");
        else
                return false;
        return true;
}

static void write_well(char *buf, size_t size, const PoolInfo *pool, const Style *style) {
        const char *words = pool_work(pool);
        const char *free_text = TEXT_SIZE(style, pool->headroom_bytes);

        if (words)
                (void)snprintf(buf, size, "%s, %s of swap free: %s", words, free_text,
                               pool->decision.sentence);
        else if (pool->some_avg10_permyriad < CALM_PERMYRIAD)
                (void)snprintf(buf, size, "All is well: calm, %s of swap free", free_text);
        else
                (void)snprintf(buf, size, "All is well: some pressure, %s of swap free", free_text);
}

Colour verdict_write(char *buf, size_t size, const PoolInfo *pool, const Style *style) {
        if (strcmp(pool->state, "unavailable") == 0) {
                (void)snprintf(buf, size, "Not working: %s",
                               *pool->message ? pool->message : "the pool cannot be used");
                return COLOUR_RED;
        }

        if (write_trouble(buf, size, pool))
                return COLOUR_YELLOW;

        write_well(buf, size, pool, style);
        return COLOUR_GREEN;
}
