/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The kernel counts pages on the device, while FIEMAP tells addresses of the filesystem: what the
 * map says of the chunk leads from one to the other. Whether the file would do as swap at all is
 * for the daemon to judge.
 */

#include "map-resume.h"

#include <inttypes.h>
#include <linux/btrfs_tree.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "json.h"
#include "map-fetch.h"

/* What has no address yet, or none that the bytes of the file would be at. */
#define EXTENT_UNFIT                                                                               \
        (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_ENCODED |                  \
         FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED)

typedef struct Place {
        uint64_t device_id;
        uint64_t physical;
        uint64_t page_bytes;
} Place;

static ExitCode refuse(const char *path, const char *why) {
        print_error("'%s' cannot be resumed from: %s", path, why);
        return EXIT_REFUSED;
}

static void refuse_finding(const char *path, const char *sentence, const char *detail,
                           const char *remedy) {
        print_error("'%s' cannot be resumed from. %s%s%s%s. %s", path, sentence,
                    *detail ? " (" : "", detail, *detail ? ")" : "", remedy);
}

/* 1 if the daemon found something that will not pass by itself, which is then reported. */
static int read_findings(sd_bus_message *reply, const char *path) {
        const char *rule, *detail, *sentence, *remedy;
        uint64_t offset_bytes, length_bytes;
        int passes, r;

        r = sd_bus_message_enter_container(reply, 'a', "(sttsssb)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(sttsssb)", &rule, &offset_bytes, &length_bytes,
                                        &detail, &sentence, &remedy, &passes)) > 0) {
                if (passes)
                        continue;
                refuse_finding(path, sentence, detail, remedy);
                return 1;
        }
        return r;
}

static ExitCode require_swapfile(Client *client, int fd, const char *path) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ExitCode code;
        int r;

        code = map_call(client, "Check", fd, &reply);
        if (code != EXIT_DONE)
                return code;
        r = read_findings(reply, path);
        if (r < 0)
                return client_report_answer(r);
        return r > 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* The address of the file's first byte; -ENODATA if it has none. */
static int read_address(int fd, uint64_t *ret) {
        union {
                struct fiemap map;
                uint8_t bytes[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
        } request = {
                .map = { .fm_length = 1, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 1 }
        };
        const struct fiemap_extent *extent = request.map.fm_extents;

        if (ioctl(fd, FS_IOC_FIEMAP, &request.map) < 0)
                return -errno;
        if (request.map.fm_mapped_extents == 0 || extent->fe_flags & EXTENT_UNFIT)
                return -ENODATA;
        /* FIEMAP may begin its answer before what was asked for, never behind. */
        if (extent->fe_logical != 0)
                return -ENODATA;
        *ret = extent->fe_physical;
        return 0;
}

static ExitCode find_place(Client *client, int fd, const char *path, Place *ret) {
        _cleanup_(map_freep) Map *map = NULL;
        uint64_t address = 0, page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
        const MapChunk *chunk;
        ExitCode code;
        Place place;

        if (read_address(fd, &address) < 0)
                return refuse(path, "it has nothing on disk where it begins");
        code = map_fetch(client, fd, &map);
        if (code != EXIT_DONE)
                return code;

        chunk = map_find(map, address);
        if (!chunk)
                return refuse(path, "it was moved meanwhile; try again");
        if (chunk->record.type & BTRFS_BLOCK_GROUP_PROFILE_MASK)
                return refuse(path, "its chunk is not of the profile 'single'");

        place.device_id = chunk->record.device_id;
        place.physical = chunk->record.physical + (address - chunk->record.logical);
        place.page_bytes = page_bytes;
        /* btrfs_add_swap_extent() would begin at the next page, which is not the header. */
        if (place.physical % page_bytes != 0)
                return refuse(path, "it does not begin at a page of its device; make it again");
        *ret = place;
        return EXIT_DONE;
}

static ExitCode print_json_place(const Client *client, const char *path, const Place *place) {
        struct json_object *object = json_new();

        (void)json_object_object_add(object, "path", json_new_text(path));
        (void)json_object_object_add(object, "device_id", json_object_new_uint64(place->device_id));
        (void)json_object_object_add(object, "physical_bytes",
                                     json_object_new_uint64(place->physical));
        (void)json_object_object_add(object, "page_bytes",
                                     json_object_new_uint64(place->page_bytes));
        (void)json_object_object_add(object, "resume_offset",
                                     json_object_new_uint64(place->physical / place->page_bytes));
        return client_print_json(client, object);
}

ExitCode map_resume(Client *client, const char *path) {
        _cleanup_(close_fdp) int fd = -1;
        Place place;
        ExitCode code;

        code = map_open(path, &fd);
        if (code != EXIT_DONE)
                return code;
        code = require_swapfile(client, fd, path);
        if (code != EXIT_DONE)
                return code;
        code = find_place(client, fd, path, &place);
        if (code != EXIT_DONE)
                return code;

        if (client->json)
                return print_json_place(client, path, &place);
        printf("%" PRIu64 "\n", place.physical / place.page_bytes);
        return EXIT_DONE;
}
