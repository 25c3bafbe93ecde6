/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define KMSG_PATH "/dev/kmsg"
#define DEVICES_MAX 64

/* A read that does not take a whole record fails; none is longer than this (PRINTK_MESSAGE_MAX). */
#define RECORD_MAX 8192

struct Kmsg {
        int fd;
        unsigned n_devices;
        char devices[DEVICES_MAX][KMSG_DEVICE_MAX];
};

/* The kernel's own names of the devices, as it logs them. */
static int devices_read(Kmsg *k, int fd) {
        _cleanup_(closedirp) DIR *d = NULL;
        const struct dirent *entry;
        FsIdentity identity;
        char path[128];
        int r;

        r = fs_identity_read(fd, &identity);
        if (r < 0)
                return r;
        (void)snprintf(path, sizeof(path), "/sys/fs/btrfs/%s/devices", identity.fsid);
        d = opendir(path);
        if (!d)
                return -errno;

        while (k->n_devices < DEVICES_MAX && (entry = readdir(d)))
                if (entry->d_name[0] != '.' && strlen(entry->d_name) < KMSG_DEVICE_MAX)
                        strcpy(k->devices[k->n_devices++], entry->d_name);
        return 0;
}

static int kmsg_open_at(int fd, int whence, Kmsg **ret) {
        _cleanup_(kmsg_closep) Kmsg *k = NULL;
        int r;

        k = calloc(1, sizeof(*k));
        if (!k)
                return -ENOMEM;
        k->fd = -1;

        r = devices_read(k, fd);
        if (r < 0)
                return r;
        k->fd = open(KMSG_PATH, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (k->fd < 0 || lseek(k->fd, 0, whence) < 0)
                return -errno;

        *ret = STEAL_PTR(k);
        return 0;
}

int kmsg_open(int fd, Kmsg **ret) {
        return kmsg_open_at(fd, SEEK_END, ret);
}

Kmsg *kmsg_close(Kmsg *k) {
        if (!k)
                return NULL;
        (void)close_fd(k->fd);
        free(k);
        return NULL;
}

int kmsg_get_fd(const Kmsg *k) {
        return k->fd;
}

static bool is_ours(const Kmsg *k, const KmsgEvent *event) {
        unsigned i;

        for (i = 0; i < k->n_devices; i++)
                if (strcmp(k->devices[i], event->device) == 0)
                        return true;
        return false;
}

int kmsg_next(Kmsg *k, KmsgEvent *ret) {
        char record[RECORD_MAX];
        KmsgEvent event;
        ssize_t n;

        for (;;) {
                n = read(k->fd, record, sizeof(record) - 1);
                if (n < 0 && errno == EAGAIN)
                        return 0;
                /* EPIPE: records were overwritten before they were read, and it goes on after. */
                if (n < 0 && (errno == EPIPE || errno == EINTR))
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;

                record[n] = '\0';
                if (!kmsg_parse(record, &event) || !is_ours(k, &event))
                        continue;
                *ret = event;
                return 1;
        }
}

/* A chunk that it skips is as far as it has come, too. */
static bool is_begun(KmsgKind kind) {
        return kind == KMSG_RELOCATING || kind == KMSG_SKIP_RELOCATION;
}

/*
 * Reclaim, removal and shrinking log what they relocate too: after the end of a balance it is not
 * of a balance. Its start may have been overwritten.
 */
int kmsg_last_relocated(int fd, uint64_t *ret_logical) {
        _cleanup_(kmsg_closep) Kmsg *k = NULL;
        bool found = false, in_balance = true;
        uint64_t logical = 0;
        KmsgEvent event;
        int r;

        r = kmsg_open_at(fd, SEEK_SET, &k);
        if (r < 0)
                return r;

        while ((r = kmsg_next(k, &event)) > 0) {
                if (event.kind == KMSG_BALANCE_START)
                        found = false;
                if (event.kind == KMSG_BALANCE_START || event.kind == KMSG_BALANCE_END)
                        in_balance = event.kind == KMSG_BALANCE_START;
                if (is_begun(event.kind) && in_balance) {
                        logical = event.logical;
                        found = true;
                }
        }
        if (r < 0)
                return r;
        if (!found)
                return -ENOENT;
        *ret_logical = logical;
        return 0;
}
