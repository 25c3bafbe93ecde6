/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether and how the machine can hibernate: /sys/power and what else has a say
 */

#include "policy/hibernation.h"

/*
 * `root` is "" but in tests. What cannot be read counts as not there: a kernel that cannot
 * hibernate has no such files. -errno where the state of memory cannot be read.
 */
int power_read(const char *root, PowerFacts *ret);

/*
 * Which place is named, and whether it was asked for: a few lines of /sys and /proc, whatever the
 * disks are busy with. The rest of `ret` stays as it is.
 */
void power_read_resume(const char *root, PowerFacts *ret);

/* Lets /sys/power/resume_offset name another place on the same device. */
int power_point_resume(const char *root, uint64_t offset_pages);
