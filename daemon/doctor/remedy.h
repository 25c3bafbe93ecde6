/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Commands to be pasted into a shell
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Writes the text with "{}" replaced by the thing, in quotes, and "{#}" by the number. Cut short,
 * it would be another command: where it does not fit, nothing is written.
 */
void remedy_write(char *buf, size_t size, const char *text, const char *thing, uint64_t number);
