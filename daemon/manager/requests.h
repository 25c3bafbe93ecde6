/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What clients asked for and is not done yet
 *
 * A short queue; the first one is worked on, one pool job after the other. What its next step is
 * follows from the slots alone, so that nothing has to be remembered between the steps.
 *
 * To evacuate is to leave what is to be avoided without having less swap online at any moment than
 * at the beginning: a replacement is turned on elsewhere, then the file is drained and removed.
 *
 * To reserve is to turn a file on for the image of a hibernation, before the machine sleeps.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/avoid.h"
#include "policy/hibernation.h"
#include "policy/types.h"

#define REQUESTS_MAX 8

typedef enum RequestKind {
        REQUEST_ADD,
        REQUEST_REMOVE,
        REQUEST_DRAIN,
        REQUEST_EVACUATE,
        REQUEST_TAKE,    /* a swapfile that is off and not ours becomes one of the pool */
        REQUEST_ADOPT,   /* one of the pool stands in for an area that is on and not ours */
        REQUEST_RESERVE, /* room for the image of a hibernation */
} RequestKind;

typedef struct Request {
        uint64_t id;
        RequestKind kind;
        uint32_t slot;       /* REQUEST_REMOVE; REQUEST_ADD and REQUEST_RESERVE once the file is
                              * made; REQUEST_EVACUATE: drained last */
        uint64_t bytes;      /* REQUEST_ADD, REQUEST_RESERVE */
        unsigned files_done; /* gone from where they were */
        uint64_t bytes_done;

        bool was_drained; /* REQUEST_DRAIN: the pool was before, to stay so whatever comes of it */

        /* REQUEST_RESERVE. Anything but HIBERNATION_RESERVE: there is nothing to do. */
        HibernationVerdict verdict;
        int32_t priority;

        /* REQUEST_EVACUATE. Which files are concerned is SlotFacts.avoided. */
        AvoidSet avoid;          /* in force while the request is in the queue */
        uint64_t keep_bytes;     /* swap of the pool that stays online throughout */
        uint64_t kept_bytes;     /* of it, in files that were added by hand */
        uint64_t headroom_bytes; /* above the tail; to be raised to in the end, as far as the caps
                                  * allow; 0: not */
        bool may_shrink;         /* if there is no room for a replacement and memory has some */
        bool no_replacement;     /* the last try to make one failed for want of space */
        uint64_t deadline_usec;  /* CLOCK_MONOTONIC; USEC_INFINITY */
        bool shrinking;          /* the drain that runs is one without a replacement */
        unsigned files_drained;  /* of files_done: without a replacement */
        Reason waits_for;        /* the last one that was told; REASON_CALM: none */

        int fd;              /* REQUEST_TAKE; owned; -1 */
        char path[PATH_MAX]; /* REQUEST_ADOPT: as /proc/swaps shows it */
        bool retired;        /* REQUEST_ADOPT: that one is off */
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

/* Puts the first of that kind before all others. No job of a request runs. */
void requests_prefer(Requests *q, RequestKind kind);
const Request *requests_find(const Requests *q, uint64_t id);
void requests_remove(Requests *q, uint64_t id);
unsigned requests_count(const Requests *q, RequestKind kind);

typedef enum StepKind {
        STEP_PREPARE,
        STEP_ENABLE,
        STEP_DRAIN,
        STEP_REMOVE,
        STEP_TAKE,
        STEP_RETIRE,
        STEP_WAIT,  /* for what passes by itself: `reason` */
        STEP_STUCK, /* `slot` cannot be moved: `reason` */
        STEP_FINISHED,
} StepKind;

typedef struct Step {
        StepKind kind;
        uint32_t slot;
        uint64_t bytes; /* STEP_PREPARE */
        bool kept;      /* STEP_PREPARE: stays until removed by hand, as what it replaces */
        bool shrinks;   /* STEP_DRAIN: there is less swap online afterwards */
        bool optional;  /* only raises the headroom: if it cannot be done, that is no failure */
        Reason reason;
} Step;

/* Pure: what the request needs next. No job runs. */
Step request_next_step(const Request *request, const PolicyConfig *c, const Sample *in);
