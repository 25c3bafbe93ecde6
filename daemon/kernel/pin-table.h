/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The chunks that a file lies in
 *
 * Once it is on, swapon has pinned them. Bounded: beyond PINS_CHUNKS_MAX chunks one that the file
 * comes back to is counted again, so that the figures are upper bounds. Internal to this layer.
 */

#include "kernel/extents.h"

typedef struct PinnedChunk {
        uint64_t logical;
        uint64_t length_bytes;
        uint64_t first; /* where the file's first and last extents in it begin */
        uint64_t last;
        bool pinned; /* false: only what is allocated past the file's end lies in it */
} PinnedChunk;

typedef struct PinTable {
        Pins pins;
        uint64_t own_bytes;
        unsigned n;
        unsigned at; /* the last one added to: most often the same again */
        bool overflowed;
        PinnedChunk chunks[PINS_CHUNKS_MAX]; /* sorted by address */
} PinTable;

void pin_table_begin(PinTable *table);

/* `size_bytes`: of the file; the kernel does not look beyond, and pins nothing there. */
void pin_table_take(PinTable *table, const Extent *extent, uint64_t size_bytes);

/* Adds the collateral. */
int pin_table_end(PinTable *table, int fd, Pins *ret);
