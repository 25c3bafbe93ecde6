/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The map in a terminal, with a legend, totals and the sentence that matters
 *
 * Bars in colours where there are colours and UTF-8, letters where not.
 */

#include "map.h"
#include "print.h"

void map_print(const Map *map, const Style *style);
