/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What clients asked for and is not done yet
 *
 * A short queue; the first one is worked on, one pool job after the other. What its next step is
 * follows from the slots alone, so that nothing has to be remembered between the steps.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/types.h"

#define REQUESTS_MAX 8

typedef enum RequestKind {
        REQUEST_ADD,
        REQUEST_REMOVE,
        REQUEST_DRAIN,
} RequestKind;

typedef struct Request {
        uint64_t id;
        RequestKind kind;
        uint32_t slot;  /* REQUEST_REMOVE; REQUEST_ADD once the file is made */
        uint64_t bytes; /* REQUEST_ADD */
        unsigned files_done;
        uint64_t bytes_done;
} Request;

typedef struct Requests {
        Request items[REQUESTS_MAX];
        unsigned count;
        uint64_t last_id;
} Requests;

/* NULL when the queue is full. */
Request *requests_add(Requests *q, RequestKind kind);

/* The one that is worked on; NULL if there is none. */
Request *requests_first(Requests *q);
const Request *requests_find(const Requests *q, uint64_t id);
void requests_remove(Requests *q, uint64_t id);

typedef enum StepKind {
        STEP_PREPARE,
        STEP_ENABLE,
        STEP_DRAIN,
        STEP_REMOVE,
        STEP_FINISHED,
} StepKind;

typedef struct Step {
        StepKind kind;
        uint32_t slot;
} Step;

/* Pure: what the request needs next. No job runs. */
Step request_next_step(const Request *request, const PolicyConfig *c, const Sample *in);
