/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The last changes of mind, for whoever reads a failure
 */

#include "policy/types.h"

#define TRACE_MAX 20

typedef struct TraceEntry {
        uint64_t at_usec;
        uint64_t repeated;
        Decision decision;
        uint64_t available_bytes;
        uint64_t active_bytes;
        uint64_t swapped_bytes;
        uint64_t free_bytes; /* of the filesystem */
        JobKind job;
        OperationFacts operation;
} TraceEntry;

typedef struct Trace {
        TraceEntry entries[TRACE_MAX];
        uint64_t count;
        bool verbose; /* print each at once */
} Trace;

void trace_add(Trace *t, const Sample *in, const Decision *d);
void trace_print(const Trace *t);
