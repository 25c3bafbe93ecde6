/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kinds of file in the zoo
 */

#include "policy/extent-check.h"

/* The kernel alone knows; but it and we have to agree. */
#define KIND_ANY _CHECK_RULE_MAX

typedef struct Kind {
        const char *filesystem; /* see the test's script for what each is */
        const char *name;
        const char *script;
        CheckRule rule; /* the first that is broken */
} Kind;

/* Ends with a NULL name. */
extern const Kind kinds[];
