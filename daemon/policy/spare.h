/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files that are off
 *
 * A spare is one that can be turned on where it lies. What is broken is made anew; what lies where
 * the pool must not be now is as good as not there, but takes its space. Files added by hand are
 * their owner's: they are turned on, and never removed.
 */

#include "policy/types.h"

/*
 * The largest, or SLOT_NONE; all of the policy's own. One that the kernel has just refused for the
 * sake of its place comes behind all others.
 */
uint32_t spare_find(const Sample *in);
uint32_t spare_find_refused(const Sample *in);
uint32_t spare_find_any(const Sample *in); /* the first, of use or not */
uint32_t spare_find_broken(const Sample *in);
uint32_t spare_find_avoided(const Sample *in);
unsigned spare_count(const Sample *in);

/*
 * Added by hand, and off: after a boot, or because the kernel refused it when it was added. The
 * first that was not refused for its place, or else the first.
 */
uint32_t spare_find_kept(const Sample *in);
