/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Makes a swapfile as the daemon does, and leaves it off
 *
 *     place DIRECTORY NAME MIB [now] [device=ID[:FROM]]... [chunk=ADDRESS]...
 *
 * Nothing of it is to lie on that device, beyond that byte of it, in that chunk. Exits with 28
 * (ENOSPC) when there is no room elsewhere, with 1 when anything else is wrong.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "kernel/swapfile.h"

static int parse_device(const char *text, AvoidSet *set) {
        const char *colon = strchrnul(text, ':');
        uint64_t id, from_bytes = 0;
        char number[24];

        (void)snprintf(number, sizeof(number), "%.*s", (int)(colon - text), text);
        if (parse_u64(number, &id) < 0 || (*colon && parse_u64(colon + 1, &from_bytes) < 0))
                return -EINVAL;
        return avoid_add_device(set, id, from_bytes) ? 0 : -E2BIG;
}

static int parse_avoided(const char *text, AvoidSet *set) {
        uint64_t logical;

        if (strncmp(text, "device=", strlen("device=")) == 0)
                return parse_device(text + strlen("device="), set);
        if (strncmp(text, "chunk=", strlen("chunk=")) != 0 ||
            parse_u64(text + strlen("chunk="), &logical) < 0)
                return -EINVAL;
        return avoid_add_chunk(set, logical) ? 0 : -E2BIG;
}

static int place(const char *directory, const char *name, uint64_t size_bytes,
                 const PlaceWish *wish) {
        _cleanup_(close_fdp) int dir_fd = -1, fd = -1;
        const uint8_t uuid[16] = { 1 };
        int r;

        dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        r = swapfile_create(dir_fd, size_bytes, uuid, /* kept= */ false, wish, &fd);
        return r < 0 ? r : swapfile_publish(dir_fd, fd, name);
}

int main(int argc, char **argv) {
        AvoidSet avoid = { 0 };
        PlaceWish wish = { .room_bytes = UINT64_MAX, .avoid = &avoid };
        uint64_t mib;
        int r;

        if (argc < 4 || parse_u64(argv[3], &mib) < 0)
                return 2;
        for (int i = 4; i < argc; i++) {
                if (strcmp(argv[i], "now") == 0) {
                        wish.now = true;
                        continue;
                }
                r = parse_avoided(argv[i], &avoid);
                if (r < 0) {
                        (void)fprintf(stderr, "'%s': %s\n", argv[i], strerrordesc_np(-r));
                        return 2;
                }
        }

        r = place(argv[1], argv[2], mib * MIB, &wish);
        if (r < 0)
                (void)fprintf(stderr, "Cannot place '%s': %s\n", argv[2], strerrordesc_np(-r));
        return r == 0 ? 0 : r == -ENOSPC ? ENOSPC : 1;
}
