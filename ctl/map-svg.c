/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-svg.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/u64.h"
#include "map-cells.h"

/* All in pixels. */
#define MARGIN 24
#define WIDTH 960
#define ACROSS (WIDTH - 2 * MARGIN)
#define LINE 20
#define GAP 2 /* between cells */

/* Cells are as large as lets all of them fit into this height; the smallest take what they need. */
#define CELLS_HEIGHT 320
#define CELLS_MAX 2280

/* Shades that people who cannot tell red from green can tell apart. */
#define SHADE_SWAP "#f0b429"
#define SHADE_COLLATERAL "#c62828"
#define SHADE_TEXT "#24292f"
#define SHADE_QUIET "#6a737d"

static const struct {
        const char *empty;
        const char *full;
        const char *words;
} shades[] = {
        [MAP_DATA] = { "#d6e4f5", "#2f6fb7", "Data" },
        [MAP_METADATA] = { "#e8dcf3", "#8250b8", "Metadata" },
        [MAP_SYSTEM] = { "#d3eeea", "#1b8a7a", "System" },
        [MAP_MIXED] = { "#d6e4f5", "#44597c", "Data and metadata" },
        [MAP_UNALLOCATED] = { "#eceef1", "#eceef1", "Unallocated" },
};
static_assert(ELEMENTSOF(shades) == _MAP_KIND_MAX, "shades for each kind");

typedef struct Svg {
        FILE *out;
        const Map *map;
        const Style *style;
        MapScale scale;
        unsigned pitch; /* of cells */
        unsigned y;
} Svg;

static unsigned svg_cell_size(const Svg *svg) {
        return svg->pitch - GAP;
}

static void write_escaped(FILE *out, const char *text) {
        for (; *text; text++)
                switch (*text) {
                case '&':
                        (void)fputs("&amp;", out);
                        break;
                case '<':
                        (void)fputs("&lt;", out);
                        break;
                case '>':
                        (void)fputs("&gt;", out);
                        break;
                case '"':
                        (void)fputs("&quot;", out);
                        break;
                default:
                        (void)putc(*text, out);
                }
}

/* The text from outside has passed text_escape() before: what is left is XML's own. */
static void _printf_(5, 6) svg_text(const Svg *svg, unsigned x, const char *shade,
                                    const char *attributes, const char *format, ...) {
        _cleanup_(freep) char *text = NULL, *escaped = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL;
                return;
        }
        escaped = text_escape(text);
        if (!escaped)
                return;

        (void)fprintf(svg->out, "<text x=\"%u\" y=\"%u\" fill=\"%s\"%s>", x, svg->y, shade,
                      attributes);
        write_escaped(svg->out, escaped);
        (void)fputs("</text>\n", svg->out);
}

static void svg_rectangle(const Svg *svg, unsigned x, unsigned y, unsigned width, unsigned height,
                          const char *shade) {
        (void)fprintf(svg->out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>",
                      x, y, width, height, shade);
}

static unsigned share_of(unsigned size, uint64_t part, uint64_t whole) {
        uint64_t pixels;

        if (part == 0 || whole == 0)
                return 0;
        pixels = (u64_scale(u64_min(part, whole), 2 * size, whole) + 1) / 2;
        return pixels == 0 ? 1 : (unsigned)pixels;
}

/* From below: swap, what others have in a pinned chunk, and what is in use where nothing pins. */
static void svg_fill(const Svg *svg, unsigned x, unsigned y, const MapCell *cell) {
        uint64_t plain_bytes =
                u64_subtract(cell->used_bytes, u64_add(cell->pinned_bytes, cell->collateral_bytes));
        const struct {
                uint64_t bytes;
                const char *shade;
        } layers[] = {
                { cell->pinned_bytes, SHADE_SWAP },
                { cell->collateral_bytes, SHADE_COLLATERAL },
                { plain_bytes, shades[cell->kind].full },
        };
        unsigned size = svg_cell_size(svg), left = size;

        for (size_t i = 0; i < ELEMENTSOF(layers); i++) {
                unsigned height = share_of(size, layers[i].bytes, cell->length_bytes);

                if (height > left)
                        height = left;
                left -= height;
                if (height > 0)
                        svg_rectangle(svg, x, y + left, size, height, layers[i].shade);
        }
}

static void svg_frame(const Svg *svg, unsigned x, unsigned y, const MapCell *cell) {
        const char *shade = cell->collateral_bytes > 0 ? SHADE_COLLATERAL
                            : cell->pinned_bytes > 0   ? SHADE_SWAP
                                                       : NULL;

        if (shade)
                (void)fprintf(svg->out,
                              "<rect x=\"%u.5\" y=\"%u.5\" width=\"%u\" height=\"%u\" "
                              "fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                              x, y, svg->pitch - GAP - 1, svg->pitch - GAP - 1, shade);
}

static void svg_title(const Svg *svg, const MapCell *cell) {
        (void)fprintf(svg->out, "<title>%s", shades[cell->kind].words);
        if (cell->first)
                (void)fprintf(svg->out, ", %s", map_profile(cell->first->record.type));
        if (cell->chunks > 1)
                (void)fprintf(svg->out, ", %" PRIu64 " chunks", cell->chunks);
        (void)fprintf(svg->out, ", %s at %" PRIu64, TEXT_SIZE(svg->style, cell->length_bytes),
                      cell->physical);
        if (cell->first)
                (void)fprintf(svg->out, ", logical %" PRIu64 ", %s in use",
                              cell->first->record.logical, TEXT_SIZE(svg->style, cell->used_bytes));
        if (cell->pinned_bytes > 0)
                (void)fprintf(svg->out, ", %s of swap, %s of other data that scrub cannot reach",
                              TEXT_SIZE(svg->style, cell->pinned_bytes),
                              TEXT_SIZE(svg->style, cell->collateral_bytes));
        (void)fputs("</title>", svg->out);
}

static void svg_cell(const Svg *svg, unsigned x, unsigned y, const MapCell *cell) {
        unsigned size = svg_cell_size(svg);

        (void)fputs("<g>", svg->out);
        svg_title(svg, cell);
        svg_rectangle(svg, x, y, size, size, shades[cell->kind].empty);
        svg_fill(svg, x, y, cell);
        svg_frame(svg, x, y, cell);
        (void)fputs("</g>\n", svg->out);
}

static unsigned svg_rows(const Svg *svg, unsigned pitch) {
        unsigned rows = 0;

        for (size_t i = 0; i < svg->map->n_devices; i++)
                rows += (unsigned)(map_cells_count(&svg->map->devices[i], &svg->scale) /
                                   (ACROSS / pitch)) +
                        1;
        return rows;
}

static unsigned svg_pitch(const Svg *svg) {
        static const unsigned pitches[] = { 48, 38, 32, 24, 19 };

        for (size_t i = 0; i < ELEMENTSOF(pitches); i++)
                if (svg_rows(svg, pitches[i]) * pitches[i] <= CELLS_HEIGHT)
                        return pitches[i];
        return 16;
}

static void svg_device(Svg *svg, const MapDevice *device) {
        unsigned column = 0, columns = ACROSS / svg->pitch;
        MapCells cells;
        MapCell cell;

        svg->y += 2 * LINE;
        svg_text(svg, MARGIN, SHADE_TEXT, " font-weight=\"bold\"", "Device %" PRIu64 "%s%s",
                 device->id, device->path ? "  " : "", device->path ? device->path : "");
        svg_text(svg, WIDTH - MARGIN, SHADE_QUIET, " text-anchor=\"end\"", "%s, %s unallocated",
                 TEXT_SIZE(svg->style, device->size_bytes),
                 TEXT_SIZE(svg->style, device->unallocated_bytes));
        svg->y += LINE / 2;

        map_cells_begin(&cells, device, &svg->scale);
        while (map_cells_next(&cells, &cell)) {
                if (column == columns) {
                        column = 0;
                        svg->y += svg->pitch;
                }
                svg_cell(svg, MARGIN + column++ * svg->pitch, svg->y, &cell);
        }
        svg->y += svg->pitch;
}

static unsigned svg_swatch(const Svg *svg, unsigned x, const char *shade, const char *words) {
        svg_rectangle(svg, x, svg->y - 12, 14, 14, shade);
        svg_text(svg, x + 20, SHADE_TEXT, "", "%s", words);
        return x + 20 + 7 * (unsigned)strlen(words) + 24;
}

static void svg_legend(Svg *svg) {
        const MapTotals *totals = &svg->map->totals;
        unsigned x = MARGIN;

        svg->y += 2 * LINE;
        for (MapKind kind = 0; kind < _MAP_KIND_MAX; kind++)
                if (totals->of[kind].length_bytes > 0)
                        x = svg_swatch(svg, x, shades[kind].full, shades[kind].words);
        if (totals->pinned.chunks > 0)
                x = svg_swatch(svg, x, SHADE_SWAP, "Swap (pins its chunk)");
        if (totals->collateral_bytes > 0)
                (void)svg_swatch(svg, x, SHADE_COLLATERAL, "Other data there");

        svg->y += LINE;
        if (svg->scale.chunks == 1)
                svg_text(svg, MARGIN, SHADE_QUIET, "",
                         "A square is a chunk, or up to %s unallocated; it is filled as far as "
                         "it is in use.",
                         TEXT_SIZE(svg->style, svg->scale.unallocated_bytes));
        else
                svg_text(svg, MARGIN, SHADE_QUIET, "",
                         "A square is up to %" PRIu64 " chunks of a kind, or up to %s "
                         "unallocated; it is filled as far as they are in use.",
                         svg->scale.chunks, TEXT_SIZE(svg->style, svg->scale.unallocated_bytes));
}

static void svg_sum(Svg *svg, const char *words, const MapSum *sum, const char *what) {
        if (sum->chunks == 0)
                return;
        svg->y += LINE;
        svg_text(svg, MARGIN, SHADE_TEXT, "", "%s", words);
        svg_text(svg, MARGIN + 160, SHADE_TEXT, "", "%s in %" PRIu64 " chunk%s, %s %s",
                 TEXT_SIZE(svg->style, sum->length_bytes), sum->chunks, sum->chunks == 1 ? "" : "s",
                 TEXT_SIZE(svg->style, sum->used_bytes), what);
}

static void svg_totals(Svg *svg) {
        const MapTotals *totals = &svg->map->totals;
        bool reached = totals->collateral_bytes == 0;
        char sentence[MAP_SENTENCE_MAX];

        svg->y += LINE / 2;
        for (MapKind kind = 0; kind < MAP_UNALLOCATED; kind++)
                svg_sum(svg, shades[kind].words, &totals->of[kind], "in use");
        svg_sum(svg, "Pinned", &totals->pinned, "of swapfiles");

        svg->y += 3 * LINE / 2;
        svg_text(svg, MARGIN, reached ? SHADE_TEXT : SHADE_COLLATERAL, " font-weight=\"bold\"",
                 "%s",
                 map_sentence(sentence, svg->map, TEXT_SIZE(svg->style, totals->collateral_bytes)));
        svg->y += LINE;
}

static void svg_draw(Svg *svg) {
        svg->y = MARGIN + LINE / 2;
        svg_text(svg, MARGIN, SHADE_TEXT, " font-size=\"16\" font-weight=\"bold\"",
                 "Chunks of btrfs %s", svg->map->filesystem);
        svg->y -= LINE / 2;
        for (size_t i = 0; i < svg->map->n_devices; i++)
                svg_device(svg, &svg->map->devices[i]);
        svg_legend(svg);
        svg_totals(svg);
}

/* The height stands at the top of the file and is known at its end. */
int map_svg_write(FILE *out, const Map *map, const Style *style) {
        _cleanup_(freep) char *body = NULL;
        Svg svg = { .map = map, .style = style };
        size_t size;

        svg.out = open_memstream(&body, &size);
        if (!svg.out)
                return -ENOMEM;
        svg.scale = map_scale(map, CELLS_MAX);
        svg.pitch = svg_pitch(&svg);
        svg_draw(&svg);
        if (fclose(svg.out) != 0)
                return -ENOMEM;

        if (fprintf(out,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
                    "height=\"%u\" viewBox=\"0 0 %d %u\" font-family=\"sans-serif\" "
                    "font-size=\"13\" xml:space=\"preserve\">\n"
                    "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
                    "%s</svg>\n",
                    WIDTH, svg.y + MARGIN / 2, WIDTH, svg.y + MARGIN / 2, body) < 0)
                return -errno;
        return 0;
}
