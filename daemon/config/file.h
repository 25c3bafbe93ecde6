/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One configuration file
 *
 * INI by inih, line by line through a reader of our own, because inih knows neither where an
 * option stands nor more than the first bad line, cuts long lines in two, ends at a NUL, and takes
 * a line that begins with a blank for more of the value before it.
 */

#include "config/config.h"

/*
 * Puts what the file says over what is in `c`; what is wrong goes into `report`. Returns -errno if
 * it cannot be opened, is neither a regular file nor /dev/null, or cannot be read to its end; then
 * the lines before that are in `c`.
 */
int config_file_read(Config *c, const char *path, ConfigReport *report);
