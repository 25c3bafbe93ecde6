/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-print.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "map-cells.h"

#define INDENT 2
#define LABEL 14

/* For all devices together: what fits on a screen beside the rest. */
#define LINES_MAX 16

/* What a cell says apart from how full it is; the pinned come after the kinds. */
typedef enum Sign {
        SIGN_PINNED = _MAP_KIND_MAX,
        SIGN_COLLATERAL,
        _SIGN_MAX,
} Sign;

/* clang-format off */
static const struct {
        const char *codes; /* SGR */
        const char *glyph; /* for all levels, or NULL: a bar */
        char letter;
        const char *words;
} signs[] = {
        [MAP_DATA]        = { "94",   NULL, 'D', "data" },
        [MAP_METADATA]    = { "95",   NULL, 'M', "metadata" },
        [MAP_SYSTEM]      = { "96",   NULL, 'S', "system" },
        [MAP_MIXED]       = { "92",   NULL, 'X', "data and metadata" },
        [MAP_UNALLOCATED] = { "90",   "░",  '.', "unallocated" },
        [SIGN_PINNED]     = { "30;43", "P", 'P', "pinned by swap" },
        [SIGN_COLLATERAL] = { "1;97;41", "C", 'C', "pinned, with other data in it" },
};
/* clang-format on */
static_assert(ELEMENTSOF(signs) == _SIGN_MAX, "a row for each sign");

static const char *const bars[] = { "▁", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

static bool has_bars(const Style *style) {
        return style->colour && style->utf8;
}

static unsigned cell_sign(const MapCell *cell) {
        if (cell->collateral_bytes > 0)
                return SIGN_COLLATERAL;
        return cell->pinned_bytes > 0 ? (unsigned)SIGN_PINNED : (unsigned)cell->kind;
}

/* The codes only where they change: a large map is one long line for the terminal. */
static void print_cell(const MapCell *cell, unsigned *last) {
        unsigned sign = cell_sign(cell);

        if (sign != *last)
                printf("\x1b[0;%sm", signs[sign].codes);
        *last = sign;
        (void)fputs(signs[sign].glyph ? signs[sign].glyph : bars[map_cell_level(cell)], stdout);
}

static void print_cells(const MapDevice *device, const MapScale *scale, const Style *style,
                        unsigned width) {
        unsigned column = 0, last = _SIGN_MAX;
        MapCells cells;
        MapCell cell;

        map_cells_begin(&cells, device, scale);
        while (map_cells_next(&cells, &cell)) {
                if (column == width) {
                        printf("%s\n", last < _SIGN_MAX ? "\x1b[0m" : "");
                        last = _SIGN_MAX;
                        column = 0;
                }
                if (column++ == 0)
                        printf("%*s", INDENT, "");
                if (has_bars(style))
                        print_cell(&cell, &last);
                else
                        (void)putchar(map_cell_letter(&cell));
        }
        printf("%s\n", last < _SIGN_MAX ? "\x1b[0m" : "");
}

static void print_device(const MapDevice *device, const MapScale *scale, const Style *style,
                         unsigned width) {
        _cleanup_(freep) char *path = text_escape(device->path ? device->path : "");

        printf("\nDevice %" PRIu64 "%s%s  %s, %s unallocated\n", device->id,
               path && *path ? "  " : "", path ? path : "", TEXT_SIZE(style, device->size_bytes),
               TEXT_SIZE(style, device->unallocated_bytes));
        print_cells(device, scale, style, width);
}

static bool sign_is_used(const Map *map, unsigned sign) {
        const MapTotals *totals = &map->totals;

        if (sign == SIGN_COLLATERAL)
                return totals->collateral_chunks > 0;
        if (sign == SIGN_PINNED)
                return totals->pinned.chunks > totals->collateral_chunks;
        return totals->of[sign].chunks > 0 || totals->of[sign].length_bytes > 0;
}

static void print_sign(unsigned sign, const Style *style) {
        if (has_bars(style))
                printf("\x1b[%sm%s\x1b[0m %s", signs[sign].codes,
                       signs[sign].glyph ? signs[sign].glyph : "█", signs[sign].words);
        else
                printf("%c %s", signs[sign].letter, signs[sign].words);
}

static void print_signs(const Map *map, const Style *style, unsigned width) {
        unsigned column = 0;

        printf("\n%*s", INDENT, "");
        for (unsigned sign = 0; sign < _SIGN_MAX; sign++) {
                unsigned columns = (unsigned)strlen(signs[sign].words) + 2;

                if (!sign_is_used(map, sign))
                        continue;
                if (column > 0 && column + 3 + columns > width) {
                        printf("\n%*s", INDENT, "");
                        column = 0;
                }
                printf("%s", column > 0 ? "   " : "");
                column += columns + (column > 0 ? 3 : 0);
                print_sign(sign, style);
        }
        putchar('\n');
}

static void print_legend(const Map *map, const MapScale *scale, const Style *style,
                         unsigned width) {
        const char *fill = has_bars(style) ? "the higher, the fuller"
                                           : "a small letter is less than half full";

        print_signs(map, style, width);
        printf("%*s", INDENT, "");
        if (scale->chunks == 1)
                print_wrapped(NULL, INDENT, "Each sign is a chunk, or up to %s unallocated; %s",
                              TEXT_SIZE(style, scale->unallocated_bytes), fill);
        else
                print_wrapped(NULL, INDENT,
                              "Each sign is up to %" PRIu64 " chunks of a kind, or up to %s "
                              "unallocated; %s",
                              scale->chunks, TEXT_SIZE(style, scale->unallocated_bytes), fill);
        putchar('\n');
}

static const char *plural(uint64_t n) {
        return n == 1 ? "" : "s";
}

static void print_sum(const char *label, const MapSum *sum, const Style *style) {
        if (sum->chunks > 0)
                print_wrapped(label, LABEL, "%s in %" PRIu64 " chunk%s, %s in use",
                              TEXT_SIZE(style, sum->length_bytes), sum->chunks, plural(sum->chunks),
                              TEXT_SIZE(style, sum->used_bytes));
}

static void print_totals(const Map *map, const Style *style) {
        const MapTotals *totals = &map->totals;

        print_sum("Data", &totals->of[MAP_DATA], style);
        print_sum("Metadata", &totals->of[MAP_METADATA], style);
        print_sum("Mixed", &totals->of[MAP_MIXED], style);
        print_sum("System", &totals->of[MAP_SYSTEM], style);
        print_wrapped("Unallocated", LABEL, "%s",
                      TEXT_SIZE(style, totals->of[MAP_UNALLOCATED].length_bytes));
        if (totals->pinned.chunks > 0)
                print_wrapped("Pinned", LABEL,
                              "%s in %" PRIu64 " chunk%s: %s of swapfiles, %s of other data",
                              TEXT_SIZE(style, totals->pinned.length_bytes), totals->pinned.chunks,
                              plural(totals->pinned.chunks),
                              TEXT_SIZE(style, totals->pinned.used_bytes),
                              TEXT_SIZE(style, totals->collateral_bytes));
}

static void print_sentence(const Map *map, const Style *style) {
        bool reached = map->totals.collateral_bytes == 0;
        char sentence[MAP_SENTENCE_MAX];

        printf("\n%s", style_colour(style, reached ? COLOUR_GREEN : COLOUR_YELLOW));
        print_wrapped(NULL, 0, "%s",
                      map_sentence(sentence, map, TEXT_SIZE(style, map->totals.collateral_bytes)));
        printf("%s", style_colour(style, COLOUR_NONE));
}

void map_print(const Map *map, const Style *style) {
        unsigned columns = terminal_columns(STDOUT_FILENO);
        unsigned width = columns > 2 * INDENT + 8 ? columns - INDENT : 8;
        MapScale scale = map_scale(map, (size_t)width * LINES_MAX);

        if (*map->filesystem)
                printf("Filesystem %s\n", map->filesystem);
        for (size_t i = 0; i < map->n_devices; i++)
                print_device(&map->devices[i], &scale, style, width);
        if (style->legend)
                print_legend(map, &scale, style, width);
        else
                putchar('\n');
        print_totals(map, style);
        print_sentence(map, style);
}
