/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Two answers to one question: ours, and the kernel's by doing it
 */

#include "policy/findings.h"
#include "script.h"

typedef struct Answers {
        CheckReport report;
        CheckVerdict verdict;  /* of extents_check() */
        int kernel;            /* 0 or the errno of swapon(2) */
        uint64_t kernel_bytes; /* that it added */
        CheckRule reason;      /* by the kernel's log; _CHECK_RULE_MAX: it did not say */
} Answers;

/* Asks both, and turns the file off again. Negative errno: there was no answer. */
int answers_get(const Stage *s, Answers *ret);

/* NULL if they agree, or what they disagree about. `expected` as in Kind. */
const char *answers_disagree(const Answers *answers, CheckRule expected);
