/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How often in the last hour
 */

#include <stdint.h>

#define TALLY_MAX 4096

typedef struct Tally {
        uint64_t at_usec[TALLY_MAX];
        uint64_t count;
} Tally;

void tally_add(Tally *t, uint64_t now_usec);
uint64_t tally_last_hour(const Tally *t, uint64_t now_usec);
