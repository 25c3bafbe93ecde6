/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names on the bus: all that the daemon and its clients share
 *
 * The interface itself is documented in conf/org.btrfs.Swapd1.xml.
 */

#define BUS_NAME "org.btrfs.Swapd1"
#define BUS_PATH "/org/btrfs/Swapd1"
#define BUS_SWAPFILE_PREFIX "/org/btrfs/Swapd1/swapfile"
#define BUS_MANAGER "org.btrfs.Swapd1.Manager"
#define BUS_SWAPFILE "org.btrfs.Swapd1.Swapfile"

/* Refusals and failures, as D-Bus errors. The text of each names the thing and the remedy. */
#define BUS_ERROR_NOT_ALLOWED "org.freedesktop.DBus.Error.AccessDenied"
#define BUS_ERROR_INVALID "org.freedesktop.DBus.Error.InvalidArgs"
#define BUS_ERROR_NO_SUCH_SWAPFILE "org.btrfs.Swapd1.Error.NoSuchSwapfile"
#define BUS_ERROR_BUSY "org.btrfs.Swapd1.Error.Busy"
#define BUS_ERROR_NO_MEMORY "org.btrfs.Swapd1.Error.NoMemory"
#define BUS_ERROR_AT_LIMIT "org.btrfs.Swapd1.Error.AtLimit"
#define BUS_ERROR_REFUSED "org.btrfs.Swapd1.Error.Refused"
#define BUS_ERROR_FAILED "org.btrfs.Swapd1.Error.Failed"

/* What polkit is asked; conf/org.btrfs.Swapd1.policy says who gets it. */
#define POLKIT_ACTION_MANAGE "org.btrfs.swapd1.manage"
#define POLKIT_ACTION_PREPARE "org.btrfs.swapd1.prepare"
#define POLKIT_ACTION_CONFIGURE "org.btrfs.swapd1.configure"

/* Results of a job, as the signal JobFinished tells them. */
#define BUS_RESULT_DONE "done"
#define BUS_RESULT_CANCELLED "cancelled" /* by a client, or because pressure came back */
#define BUS_RESULT_TIMEOUT "timeout"
#define BUS_RESULT_NO_MEMORY "no-memory" /* swapoff ran out of memory, or was OOM-killed */
#define BUS_RESULT_REFUSED "refused"
#define BUS_RESULT_FAILED "failed"
