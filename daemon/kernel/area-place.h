/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a swap area begins, as hibernation wants to know it
 */

#include "policy/hibernation.h"

/*
 * Fills in `device` and `offset_pages` of an area that is on. A file on a btrfs of several devices
 * lies on none alone, in systemd's eyes; that of others is not looked for. May block for as long as
 * its filesystem does. -errno: it cannot be opened, and nothing is changed.
 */
int area_place_read(const char *path, HibernationArea *area);
