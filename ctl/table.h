/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tables, as those of swapon --show
 *
 * A thin layer over libsmartcols, which escapes what does not print and knows the terminal's width.
 */

#include <libsmartcols.h>

#include "pool-info.h"

typedef struct libscols_table Table;

static inline Table *table_free(Table *table) {
        scols_unref_table(table);
        return NULL;
}

DEFINE_CLEANUP(Table *, table_free)

typedef struct TableColumn {
        const char *name;
        int flags; /* SCOLS_FL_* */
} TableColumn;

/* NULL without memory. */
Table *table_new(const Style *style, const TableColumn *columns, size_t n);

/* Adds a line with one cell for each column. Returns 0 or -ENOMEM. */
int table_add(Table *table, const char *const *cells, size_t n, Colour colour);

/*
 * The table of swapfiles: those that fit into `rows` lines with the heading and, where not all do,
 * with a line that says so. `full` has the columns that do not fit on 80. Returns 0 or -ENOMEM.
 */
int table_print_swapfiles(const PoolInfo *pool, const Style *style, bool full, unsigned rows);
