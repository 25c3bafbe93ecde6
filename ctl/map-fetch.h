/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The map of a filesystem from the daemon
 *
 * The filesystem is handed over as a descriptor, so that nobody learns of one that he cannot open.
 * What fails has been reported on return.
 */

#include "client.h"
#include "map.h"

/* A file or directory on btrfs, open for reading. */
ExitCode map_open(const char *path, int *ret_fd);

/* The filesystem of the pool, by the nearest of its directories that can be opened. */
ExitCode map_open_pool(Client *client, int *ret_fd);

/* Calls a method of the manager that takes a descriptor and may look for a minute. */
ExitCode map_call(Client *client, const char *method, int fd, sd_bus_message **ret);

ExitCode map_fetch(Client *client, int fd, Map **ret);

/* What the filesystem says of itself: its UUID. 0 or a negative errno. */
#define MAP_UUID_MAX 37
int map_read_uuid(int fd, char ret[MAP_UUID_MAX]);
