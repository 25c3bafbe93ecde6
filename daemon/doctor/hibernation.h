/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Would hibernation work
 *
 * Asked only for a machine whose owner cares: Reserve= is set, or resume= names a place.
 */

#include <stddef.h>

#include "doctor/rules.h"
#include "policy/hibernation.h"

typedef struct HibernationFacts {
        bool asked; /* Reserve= is set to something else than no */
        ReserveWish reserve;
        Room room;      /* for a file that is made */
        bool looked_at; /* the rest is known */
        MemoryFacts memory;
        PowerFacts power;
        bool several_devices; /* the pool's filesystem has them */
        unsigned n_areas;
        HibernationArea areas[HIBERNATION_AREAS_MAX];
} HibernationFacts;

/* `pool_fd`: the pool's directory, or -1. What cannot be looked at is left out. */
void hibernation_facts_read(HibernationFacts *facts, int pool_fd, const char *pool_directory);

/* Pure: the first obstacle and what was found; false where there is none. */
bool hibernation_facts_judge(const HibernationFacts *facts, DoctorRule *ret_rule, char *found,
                             size_t size);
