/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A device as a row of cells
 *
 * A cell is one chunk, or several neighbours of one kind on a large filesystem, or a stretch of
 * unallocated space. What is there has a cell, however small it is. Pure.
 */

#include "map.h"

typedef struct MapScale {
        uint64_t chunks;            /* in one cell, at most */
        uint64_t unallocated_bytes; /* in one cell, at most */
} MapScale;

typedef struct MapCell {
        MapKind kind;
        uint64_t chunks;
        uint64_t length_bytes;
        uint64_t used_bytes;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
        uint64_t physical;
        const MapChunk *first; /* NULL in unallocated space */
} MapCell;

typedef struct MapCells {
        const MapDevice *device;
        MapScale scale;
        size_t next;
        uint64_t physical;
} MapCells;

/* The finest that needs at most `cells_max` cells, if there is one: kinds may alternate too often.
 */
MapScale map_scale(const Map *map, size_t cells_max);

void map_cells_begin(MapCells *cells, const MapDevice *device, const MapScale *scale);
bool map_cells_next(MapCells *cells, MapCell *ret);

size_t map_cells_count(const MapDevice *device, const MapScale *scale);

/* How full, in eighths; what is not empty is 1 at least. */
unsigned map_cell_level(const MapCell *cell);

/* Without colours: the kind, in lower case below half full; P pinned, C with collateral. */
char map_cell_letter(const MapCell *cell);
