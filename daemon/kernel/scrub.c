/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/scrub.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>

#include "base/u64.h"

static ScrubStat stat_from_kernel(const struct btrfs_scrub_progress *in) {
        return (ScrubStat){
                .data_bytes = in->data_bytes_scrubbed,
                .metadata_bytes = in->tree_bytes_scrubbed,
                .errors = in->read_errors + in->csum_errors + in->verify_errors + in->super_errors +
                          in->malloc_errors,
                .corrected = in->corrected_errors,
                .uncorrectable = in->uncorrectable_errors,
                .unverified = in->unverified_errors,
                .last_physical = in->last_physical,
        };
}

void scrub_stat_add(ScrubStat *sum, const ScrubStat *more) {
        sum->data_bytes += more->data_bytes;
        sum->metadata_bytes += more->metadata_bytes;
        sum->errors += more->errors;
        sum->corrected += more->corrected;
        sum->uncorrectable += more->uncorrectable;
        sum->unverified += more->unverified;
        sum->last_physical = u64_max(sum->last_physical, more->last_physical);
}

int scrub_run(int fd, uint64_t device_id, uint64_t start, uint64_t end, bool read_only,
              ScrubStat *ret) {
        struct btrfs_ioctl_scrub_args args = {
                .devid = device_id,
                .start = start,
                .end = end,
                .flags = read_only ? BTRFS_SCRUB_READONLY : 0,
        };
        int r;

        r = ioctl(fd, BTRFS_IOC_SCRUB, &args) < 0 ? -errno : 0;
        *ret = stat_from_kernel(&args.progress);
        return r;
}

int scrub_see(int fd, uint64_t device_id, ScrubStat *ret) {
        struct btrfs_ioctl_scrub_args args = { .devid = device_id };

        if (ioctl(fd, BTRFS_IOC_SCRUB_PROGRESS, &args) < 0)
                return -errno;
        *ret = stat_from_kernel(&args.progress);
        return 0;
}

int scrub_cancel(int fd) {
        return ioctl(fd, BTRFS_IOC_SCRUB_CANCEL) < 0 ? -errno : 0;
}

int scrub_allocated_bytes(int fd, uint64_t device_id, uint64_t *ret) {
        struct btrfs_ioctl_dev_info_args info = { .devid = device_id };

        if (ioctl(fd, BTRFS_IOC_DEV_INFO, &info) < 0)
                return -errno;
        *ret = info.bytes_used;
        return 0;
}
