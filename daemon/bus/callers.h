/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which user is behind which connection
 *
 * What the bus has answered once is kept: a unique name is never given to somebody else while the
 * bus lives. As many as one user may have connections to a system bus; the oldest is forgotten.
 */

#include <stdbool.h>
#include <stdint.h>

#define CALLERS_MAX 256

/* Longer names than any bus gives are not kept. */
#define CALLER_NAME_MAX 24

typedef struct Caller {
        char name[CALLER_NAME_MAX]; /* "": this place is free */
        uint32_t uid;
} Caller;

typedef struct Callers {
        Caller items[CALLERS_MAX];
        unsigned next;
} Callers;

void callers_add(Callers *callers, const char *name, uint32_t uid);
bool callers_find(const Callers *callers, const char *name, uint32_t *ret_uid);
