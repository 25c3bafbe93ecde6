/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who takes snapshots of which subvolume
 */

#include <stdbool.h>

#include "kernel/subvolume-id.h"

typedef enum SnapshotTool {
        SNAPSHOT_SNAPPER,
        SNAPSHOT_TIMESHIFT,
        SNAPSHOT_BTRBK,
        _SNAPSHOT_TOOL_MAX,
} SnapshotTool;

const char *snapshot_tool_to_string(SnapshotTool tool);

typedef struct SnapshotSource {
        SnapshotTool tool;
        char file[128]; /* of its configuration */
        char fsid[FSID_STRING_MAX];
        uint64_t subvolume_id; /* 0: it is found by its name, at the top of the filesystem */
        char name[32];
} SnapshotSource;

#define SNAPSHOT_SOURCES_MAX 64

typedef struct SnapshotSources {
        unsigned n;
        SnapshotSource items[SNAPSHOT_SOURCES_MAX];
} SnapshotSources;

/* Reads the configurations of all tools; one that cannot be read counts as none. */
void snapshots_read(SnapshotSources *ret);

/* Pure: the first that takes snapshots of this subvolume, or NULL. */
const SnapshotSource *snapshots_find(const SnapshotSources *sources, const SubvolumeId *subvolume);
