/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The map as a picture that needs nothing else: SVG 1.1
 *
 * Of bounded size, whatever the filesystem. Each cell says what it is when it is pointed at.
 */

#include <stdio.h>

#include "map.h"
#include "print.h"

/* 0 or a negative errno; what `out` still holds back can fail when it is closed. */
int map_svg_write(FILE *out, const Map *map, const Style *style);
