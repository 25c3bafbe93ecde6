/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scripts nobody has thought of
 */

#include <stddef.h>
#include <stdint.h>

#define RANDOM_SCRIPT_MAX 1024

/* The same script for the same two numbers, on every machine. */
void random_script(uint64_t seed, uint64_t number, char buf[RANDOM_SCRIPT_MAX]);
