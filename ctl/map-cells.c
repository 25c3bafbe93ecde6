/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-cells.h"

#include <assert.h>
#include <ctype.h>

#include "base/parse.h"
#include "base/u64.h"

/*
 * No chunk is made of less, and the first MiB of each device is never in one: smaller gaps are no
 * space that could be allocated.
 */
#define GAP_MIN_BYTES MIB

/* Beyond, all is in one cell anyway. */
#define SCALE_MAX (UINT64_C(1) << 24)

void map_cells_begin(MapCells *cells, const MapDevice *device, const MapScale *scale) {
        *cells = (MapCells){ .device = device, .scale = *scale };
}

static const MapChunk *cells_chunk(const MapCells *cells) {
        return cells->next < cells->device->n_chunks ? &cells->device->chunks[cells->next] : NULL;
}

static uint64_t cells_gap(const MapCells *cells) {
        const MapChunk *chunk = cells_chunk(cells);
        uint64_t end = chunk ? chunk->record.physical : cells->device->size_bytes;
        uint64_t gap = u64_subtract(end, cells->physical);

        return gap > GAP_MIN_BYTES ? gap : 0;
}

static void cell_add(MapCell *cell, const MapChunk *chunk) {
        cell->chunks++;
        cell->length_bytes = u64_add(cell->length_bytes, chunk->record.length_bytes);
        cell->used_bytes = u64_add(cell->used_bytes, chunk->record.used_bytes);
        cell->pinned_bytes = u64_add(cell->pinned_bytes, chunk->record.pinned_bytes);
        cell->collateral_bytes = u64_add(cell->collateral_bytes, chunk->collateral_bytes);
}

bool map_cells_next(MapCells *cells, MapCell *ret) {
        const MapChunk *chunk = cells_chunk(cells);
        uint64_t gap = cells_gap(cells);

        *ret = (MapCell){ .kind = MAP_UNALLOCATED, .physical = cells->physical };
        if (gap > 0) {
                ret->length_bytes = u64_min(gap, cells->scale.unallocated_bytes);
                cells->physical += ret->length_bytes;
                return true;
        }
        if (!chunk)
                return false;

        ret->kind = chunk->kind;
        ret->physical = chunk->record.physical;
        ret->first = chunk;
        while (chunk && chunk->kind == ret->kind && ret->chunks < cells->scale.chunks &&
               cells_gap(cells) == 0) {
                cell_add(ret, chunk);
                cells->physical = chunk->record.physical + chunk->record.stripe_bytes;
                cells->next++;
                chunk = cells_chunk(cells);
        }
        return true;
}

static uint64_t largest_stripe(const Map *map) {
        uint64_t bytes = 0;

        for (size_t i = 0; i < map->n_chunks; i++)
                bytes = u64_max(bytes, map->chunks[i].record.stripe_bytes);
        return bytes > GAP_MIN_BYTES ? bytes : GIB;
}

size_t map_cells_count(const MapDevice *device, const MapScale *scale) {
        MapCells cells;
        MapCell cell;
        size_t n = 0;

        map_cells_begin(&cells, device, scale);
        while (map_cells_next(&cells, &cell))
                n++;
        return n;
}

/* Stops where it is clear: at a fine scale a large device has more cells than one wants to count.
 */
static bool scale_fits(const Map *map, const MapScale *scale, size_t cells_max) {
        MapCells cells;
        MapCell cell;
        size_t n = 0;

        for (size_t i = 0; i < map->n_devices; i++) {
                map_cells_begin(&cells, &map->devices[i], scale);
                while (map_cells_next(&cells, &cell))
                        if (++n > cells_max)
                                return false;
        }
        return true;
}

MapScale map_scale(const Map *map, size_t cells_max) {
        const uint64_t unit_bytes = largest_stripe(map);
        MapScale scale = { 1, unit_bytes };

        while (!scale_fits(map, &scale, cells_max) && scale.chunks < SCALE_MAX) {
                /* By a quarter, so that not much less than the room there is will be used. */
                scale.chunks += scale.chunks / 4 + 1;
                scale.unallocated_bytes = u64_scale(unit_bytes, scale.chunks, 1);
        }
        return scale;
}

unsigned map_cell_level(const MapCell *cell) {
        uint64_t level;

        if (cell->length_bytes == 0 || cell->used_bytes == 0)
                return 0;
        level = u64_scale(u64_min(cell->used_bytes, cell->length_bytes), 16, cell->length_bytes);
        return level < 2 ? 1 : (unsigned)((level + 1) / 2);
}

char map_cell_letter(const MapCell *cell) {
        static const char letters[] = {
                [MAP_DATA] = 'D',  [MAP_METADATA] = 'M',    [MAP_SYSTEM] = 'S',
                [MAP_MIXED] = 'X', [MAP_UNALLOCATED] = '.',
        };
        static_assert(ELEMENTSOF(letters) == _MAP_KIND_MAX, "a letter for each kind");
        char letter = letters[cell->kind];

        if (cell->collateral_bytes > 0)
                return 'C';
        if (cell->pinned_bytes > 0)
                return 'P';
        return map_cell_level(cell) < 4 ? (char)tolower(letter) : letter;
}
