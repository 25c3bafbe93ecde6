/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define CELL_MAX 48

/* clang-format off */
static const TableColumn swapfile_columns[] = {
        { "NAME",       0 },
        { "STATE",      0 },
        { "SIZE",       SCOLS_FL_RIGHT },
        { "USED",       SCOLS_FL_RIGHT },
        { "PRIO",       SCOLS_FL_RIGHT },
        { "EXTENTS",    SCOLS_FL_RIGHT },
        { "CHUNKS",     SCOLS_FL_RIGHT },
        { "COLLATERAL", SCOLS_FL_RIGHT },
        { "KEPT",       0 },
        { "PATH",       0 },
};
/* clang-format on */

#define COLUMNS_FULL ELEMENTSOF(swapfile_columns)
#define COLUMNS_SHORT (COLUMNS_FULL - 1)

Table *table_new(const Style *style, const TableColumn *columns, size_t n) {
        _cleanup_(table_freep) Table *table = NULL;

        table = scols_new_table();
        if (!table)
                return NULL;

        (void)scols_table_enable_noheadings(table, !style->legend);
        (void)scols_table_enable_colors(table, style->colour);
        for (size_t i = 0; i < n; i++)
                if (!scols_table_new_column(table, columns[i].name, 0, columns[i].flags))
                        return NULL;
        return STEAL_PTR(table);
}

static const char *colour_name(Colour colour) {
        static const char *const names[] = {
                [COLOUR_NONE] = NULL,
                [COLOUR_GREEN] = "green",
                [COLOUR_YELLOW] = "yellow",
                [COLOUR_RED] = "red",
        };
        static_assert(ELEMENTSOF(names) == _COLOUR_MAX, "a name for each colour");

        return names[colour];
}

int table_add(Table *table, const char *const *cells, size_t n, Colour colour) {
        struct libscols_line *line;

        line = scols_table_new_line(table, NULL);
        if (!line)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                if (scols_line_set_data(line, i, cells[i]) < 0)
                        return -ENOMEM;
        (void)scols_line_set_color(line, colour_name(colour));
        return 0;
}

static Colour swapfile_colour(const SwapfileInfo *swapfile) {
        if (strcmp(swapfile->state, "foreign") == 0 || *swapfile->message)
                return COLOUR_RED;
        if (strcmp(swapfile->state, "draining") == 0 || strcmp(swapfile->state, "removing") == 0)
                return COLOUR_YELLOW;
        return COLOUR_NONE;
}

/* Off means no priority, and nothing in use. */
static char *text_priority(char *buf, int32_t priority) {
        if (priority < 0)
                return strcpy(buf, "-");
        (void)snprintf(buf, CELL_MAX, "%" PRId32, priority);
        return buf;
}

static char *text_count(char *buf, uint32_t count) {
        (void)snprintf(buf, CELL_MAX, "%" PRIu32, count);
        return buf;
}

static int table_add_swapfile(Table *table, const SwapfileInfo *swapfile, const Style *style,
                              size_t n) {
        const char *cells[COLUMNS_FULL] = {
                swapfile->name,
                swapfile->state,
                TEXT_SIZE(style, swapfile->size_bytes),
                TEXT_SIZE(style, swapfile->used_bytes),
                text_priority((char[CELL_MAX]){ 0 }, swapfile->priority),
                text_count((char[CELL_MAX]){ 0 }, swapfile->extents),
                text_count((char[CELL_MAX]){ 0 }, swapfile->chunks),
                TEXT_SIZE(style, swapfile->collateral_bytes),
                swapfile->kept ? "yes" : "no",
                swapfile->path,
        };

        return table_add(table, cells, n, swapfile_colour(swapfile));
}

int table_print_swapfiles(const PoolInfo *pool, const Style *style, bool full, unsigned rows) {
        _cleanup_(table_freep) Table *table = NULL;
        size_t n_columns = full ? COLUMNS_FULL : COLUMNS_SHORT;
        size_t n = pool->n_swapfiles;

        table = table_new(style, swapfile_columns, n_columns);
        if (!table)
                return -ENOMEM;

        if (n + style->legend > rows)
                n = rows > 3 ? rows - 2 : 1;
        for (size_t i = 0; i < n; i++)
                if (table_add_swapfile(table, &pool->swapfiles[i], style, n_columns) < 0)
                        return -ENOMEM;

        if (scols_print_table(table) < 0)
                return -ENOMEM;
        if (n < pool->n_swapfiles)
                print_line("and %zu more: 'swapctl list' shows all", pool->n_swapfiles - n);
        return 0;
}
