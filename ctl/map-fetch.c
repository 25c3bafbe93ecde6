/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "map-fetch.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "bus/names.h"

/* Longer than the daemon looks, so that its own answer comes first. */
#define CALL_TIMEOUT_USEC (90 * USEC_PER_SEC)

int map_read_uuid(int fd, char ret[MAP_UUID_MAX]) {
        struct btrfs_ioctl_fs_info_args info = { 0 };
        size_t n = 0;

        if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0)
                return -errno;
        for (size_t i = 0; i < sizeof(info.fsid); i++)
                n += (size_t)snprintf(ret + n, MAP_UUID_MAX - n, "%s%02x",
                                      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                                      info.fsid[i]);
        return 0;
}

static int open_quietly(const char *path) {
        /* A FIFO must not make us wait for its other end. */
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* Empty, or what is wrong with it. */
static const char *objection(int fd) {
        struct statfs fs;
        struct stat st;

        if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
                return strerror(errno);
        if (S_ISBLK(st.st_mode))
                return "it is a device; give the directory where it is mounted";
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
                return "it is neither a file nor a directory";
        return fs.f_type == BTRFS_SUPER_MAGIC ? "" : "it is not on btrfs";
}

ExitCode map_open(const char *path, int *ret_fd) {
        _cleanup_(close_fdp) int fd = open_quietly(path);
        const char *why;

        if (fd < 0) {
                print_error("Cannot open '%s': %s", path, strerror(-fd));
                return EXIT_REFUSED;
        }
        why = objection(fd);
        if (*why) {
                print_error("Cannot look at '%s': %s", path, why);
                return EXIT_REFUSED;
        }
        *ret_fd = STEAL_FD(fd);
        return EXIT_DONE;
}

/* `uuid` is "" while the daemon cannot use its directory: then any btrfs will do. */
static bool is_filesystem(int fd, const char *uuid) {
        char own[MAP_UUID_MAX];

        return fd >= 0 && !*objection(fd) && map_read_uuid(fd, own) >= 0 &&
               (!*uuid || strcmp(own, uuid) == 0);
}

/* The directory is closed to others than root, but those above it are mostly not. */
static int open_upwards(char *path, const char *uuid) {
        char *slash;

        for (;;) {
                _cleanup_(close_fdp) int fd = open_quietly(path);

                if (is_filesystem(fd, uuid))
                        return STEAL_FD(fd);
                slash = strrchr(path, '/');
                if (!slash || path[1] == '\0')
                        return -ENOENT;
                slash[slash == path ? 1 : 0] = '\0';
        }
}

ExitCode map_open_pool(Client *client, int *ret_fd) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        _cleanup_(freep) char *path = NULL;
        ExitCode code;
        int fd;

        code = client_fetch_pool(client, &pool);
        if (code != EXIT_DONE)
                return code;
        path = strdup(pool->directory);
        if (!path) {
                print_error("Not enough memory");
                return EXIT_SYSTEM;
        }

        fd = open_upwards(path, pool->filesystem);
        if (fd < 0) {
                print_error("Cannot open a directory on the filesystem of '%s'; name one with "
                            "--filesystem, or try it as root",
                            pool->directory);
                return EXIT_REFUSED;
        }
        *ret_fd = fd;
        return EXIT_DONE;
}

ExitCode map_call(Client *client, const char *method, int fd, sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, method, &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "h", fd);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, CALL_TIMEOUT_USEC, &error, ret);
        return r < 0 ? exit_code_report(&error, r) : EXIT_DONE;
}

static int map_read(int fd, Map **ret) {
        struct stat st;
        void *records;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_size <= 0)
                return -EBADMSG;
        records = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (records == MAP_FAILED)
                return -errno;
        r = map_new(records, (size_t)st.st_size, ret);
        (void)munmap(records, (size_t)st.st_size);
        return r;
}

static void map_name(Map *map, int fd) {
        struct btrfs_ioctl_dev_info_args device;

        if (map_read_uuid(fd, map->filesystem) < 0)
                *map->filesystem = '\0';
        for (size_t i = 0; i < map->n_devices; i++) {
                device = (struct btrfs_ioctl_dev_info_args){ .devid = map->devices[i].id };
                if (ioctl(fd, BTRFS_IOC_DEV_INFO, &device) < 0)
                        continue;
                map->devices[i].path = strndup((const char *)device.path, sizeof(device.path));
        }
}

ExitCode map_fetch(Client *client, int fd, Map **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ExitCode code;
        int records_fd, r;

        code = map_call(client, "Map", fd, &reply);
        if (code != EXIT_DONE)
                return code;

        r = sd_bus_message_read(reply, "h", &records_fd);
        if (r >= 0)
                r = map_read(records_fd, ret);
        if (r < 0)
                return client_report_answer(r);
        map_name(*ret, fd);
        return EXIT_DONE;
}
