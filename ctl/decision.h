/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's standing decision, and what it is doing about it
 */

#include "property.h"

typedef struct DecisionInfo {
        char *action;
        char *reason;
        char *sentence;
        uint64_t at_usec;
} DecisionInfo;

typedef struct JobInfo {
        char *kind;
        char *swapfile;
        uint64_t number;
        uint64_t since_usec;
} JobInfo;

extern const PropertyType decision_type;
extern const PropertyType job_type;
