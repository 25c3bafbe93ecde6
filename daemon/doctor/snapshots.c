/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/snapshots.h"

#include <assert.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/btrfs_tree.h>
#include <string.h>

#include "base/file.h"
#include "base/host.h"
#include "base/parse.h"
#include "base/text.h"
#include "doctor/btrbk.h"
#include "doctor/snapper.h"
#include "doctor/timeshift.h"

#define SNAPPER_CONFIGS "/etc/snapper/configs/"
#define TEXT_BYTES_MAX (64 * KIB)

/* Each tool reads the first that is there. */
static const char *const timeshift_files[] = {
        "/etc/timeshift/timeshift.json",
        "/etc/timeshift.json",
};
static const char *const btrbk_files[] = {
        "/etc/btrbk.conf",
        "/etc/btrbk/btrbk.conf",
};

static const char *const tool_names[] = {
        [SNAPSHOT_SNAPPER] = "snapper",
        [SNAPSHOT_TIMESHIFT] = "Timeshift",
        [SNAPSHOT_BTRBK] = "btrbk",
};
static_assert(ELEMENTSOF(tool_names) == _SNAPSHOT_TOOL_MAX, "a name for each");

typedef struct Reading {
        SnapshotSources *sources;
        const char *file;
        char text[TEXT_BYTES_MAX];
} Reading;

const char *snapshot_tool_to_string(SnapshotTool tool) {
        assert(tool < _SNAPSHOT_TOOL_MAX);
        return tool_names[tool];
}

static SnapshotSource *source_add(Reading *reading, SnapshotTool tool) {
        SnapshotSources *sources = reading->sources;
        SnapshotSource *source;

        if (sources->n == SNAPSHOT_SOURCES_MAX)
                return NULL;
        source = &sources->items[sources->n++];
        *source = (SnapshotSource){ .tool = tool };
        (void)snprintf(source->file, sizeof(source->file), "%s", reading->file);
        text_clean(source->file);
        return source;
}

/* What is not the root of a subvolume no tool takes a snapshot of. */
static void source_add_path(Reading *reading, SnapshotTool tool, const char *path) {
        _cleanup_(close_fdp) int fd = -1;
        SnapshotSource *source;
        SubvolumeId subvolume;

        fd = host_open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || !subvolume_is_root(fd) || subvolume_id_read(fd, &subvolume) < 0)
                return;
        source = source_add(reading, tool);
        if (!source)
                return;
        source->subvolume_id = subvolume.id;
        memcpy(source->fsid, subvolume.fsid, sizeof(source->fsid));
}

static void source_add_name(Reading *reading, const char *fsid, const char *name) {
        SnapshotSource *source = source_add(reading, SNAPSHOT_TIMESHIFT);

        if (!source)
                return;
        (void)snprintf(source->fsid, sizeof(source->fsid), "%.36s", fsid);
        (void)snprintf(source->name, sizeof(source->name), "%s", name);
}

/* Of a file that is too long, what fits is read. */
static bool file_load(Reading *reading, const char *path) {
        ssize_t n;

        n = file_read_at(AT_FDCWD, path, reading->text, sizeof(reading->text));
        reading->file = path;
        return n >= 0 || n == -EFBIG;
}

static bool file_load_first(Reading *reading, const char *const *paths, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (file_load(reading, paths[i]))
                        return true;
        return false;
}

static void snapper_read(Reading *reading) {
        glob_t found = { 0 };
        SnapperConfig config;

        if (glob(SNAPPER_CONFIGS "*", 0, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        if (file_load(reading, found.gl_pathv[i]) &&
                            snapper_config_parse(reading->text, &config) >= 0)
                                source_add_path(reading, SNAPSHOT_SNAPPER, config.subvolume);
        globfree(&found);
}

static void timeshift_read(Reading *reading) {
        TimeshiftConfig config;

        if (!file_load_first(reading, timeshift_files, ELEMENTSOF(timeshift_files)) ||
            timeshift_config_parse(reading->text, &config) < 0)
                return;
        source_add_name(reading, config.filesystem, "@");
        if (config.home)
                source_add_name(reading, config.filesystem, "@home");
}

static void btrbk_take(void *userdata, const char *path) {
        Reading *reading = userdata;
        glob_t found = { 0 };

        if (glob(path, GLOB_NOSORT, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        source_add_path(reading, SNAPSHOT_BTRBK, found.gl_pathv[i]);
        globfree(&found);
}

void snapshots_read(SnapshotSources *ret) {
        _cleanup_(freep) Reading *reading = NULL;

        ret->n = 0;
        reading = malloc(sizeof(*reading));
        if (!reading)
                return;
        reading->sources = ret;
        snapper_read(reading);
        timeshift_read(reading);
        if (file_load_first(reading, btrbk_files, ELEMENTSOF(btrbk_files)))
                btrbk_config_parse(reading->text, btrbk_take, reading);
}

static bool source_fits(const SnapshotSource *source, const SubvolumeId *subvolume) {
        if (strcmp(source->fsid, subvolume->fsid) != 0)
                return false;
        if (source->subvolume_id != 0)
                return source->subvolume_id == subvolume->id;
        return subvolume->parent_id == BTRFS_FS_TREE_OBJECTID && subvolume->at_top &&
               strcmp(source->name, subvolume->name) == 0;
}

const SnapshotSource *snapshots_find(const SnapshotSources *sources, const SubvolumeId *subvolume) {
        for (unsigned i = 0; i < sources->n; i++)
                if (source_fits(&sources->items[i], subvolume))
                        return &sources->items[i];
        return NULL;
}
