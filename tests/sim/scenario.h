/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is played
 *
 * A machine, a configuration, a hog and the accidents that happen to them, all from one seed.
 */

#include "hog.h"
#include "machine.h"
#include "policy/types.h"

typedef enum Family {
        FAMILY_PROMISED, /* fills no faster than promised, nothing goes wrong: headroom is held */
        FAMILY_SHARED,   /* as promised, but others work on the filesystem, too */
        FAMILY_WILD,     /* as fast as the disk takes it */
        FAMILY_HOSTILE,  /* refusals, failures, other users of the disk, requests */
        FAMILY_IDLE,     /* nobody wants memory */
        _FAMILY_MAX,
} Family;

const char *family_to_string(Family family);

typedef struct Scenario {
        uint64_t seed;
        Family family;
        MachineModel model;
        PolicyConfig config;
        Hog hog;
        uint64_t play_usec; /* then the hog ends, and calm is awaited */

        uint64_t zram_bytes;
        uint64_t foreign_bytes; /* swap that is not ours */
        unsigned areas_max;

        uint64_t filesystem_bytes;
        uint64_t filesystem_taken_bytes; /* by others, at the start */
        uint64_t chunk_bytes;

        uint64_t prepare_min_usec;
        uint64_t prepare_max_usec;
        uint64_t enable_usec;
        uint64_t remove_usec;
        uint64_t cancel_usec; /* a swapoff needs that long to notice its signal */

        unsigned job_failure_percent;
        unsigned refusal_percent;    /* of swapon, for no lasting reason */
        unsigned poison_percent;     /* of swapon, for good */
        bool operations;             /* balances, leases and the like come and go */
        uint64_t interrupt_max_usec; /* a balance needs at most so long to stop */
        bool disk_users;             /* the filesystem's free space comes and goes */
        bool requests;               /* a user drains, adds and removes */
} Scenario;

Scenario scenario_make(uint64_t seed, Family family);

/*
 * The promise: swap that fills no faster than this never runs full while the caps allow more.
 * Growing takes as long as the slowest preparation plus what may have to end before it begins; in
 * that time and one look, no more may fill up than Headroom= and one file can hold.
 */
uint64_t scenario_promised_bytes_per_sec(const Scenario *s);

void scenario_print(const Scenario *s);
