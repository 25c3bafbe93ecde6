/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The configuration of btrbk: /etc/btrbk/btrbk.conf
 *
 * Sections begin with their first line and end with the next one; indentation means nothing. An
 * option holds for its section and those in it. Pure.
 */

/*
 * Told of each subvolume of this machine that snapshots are made of; the path is absolute and may
 * hold the wildcard '*'.
 */
typedef void (*BtrbkHandler)(void *userdata, const char *path);

void btrbk_config_parse(const char *text, BtrbkHandler handler, void *userdata);
