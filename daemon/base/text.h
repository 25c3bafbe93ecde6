/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text that may be shown
 *
 * What comes out of a file or a file name may be anything; what goes onto the bus has to be valid
 * UTF-8 (the connection is lost otherwise), and no terminal shall get control characters from it.
 */

#include <stdbool.h>

#include "base/cleanup.h"

bool text_is_clean(const char *text);

/* Puts '?' in the place of each byte that is not clean. */
void text_clean(char *text);

/* Puts '?' in the place of each byte that is not UTF-8: for what escapes control characters itself.
 */
void text_make_utf8(char *text);
