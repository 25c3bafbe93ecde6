/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/lease-details.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/host.h"
#include "base/parse.h"
#include "base/text.h"
#include "kernel/devices.h"
#include "kernel/subvolume-id.h"
#include "kernel/swaps.h"
#include "policy/balance-filter.h"
#include "policy/resize.h"

static Answer accept(void) {
        return (Answer){ .kind = ANSWER_ACCEPTED };
}

/* ---- filesystem ---- */

static Answer read_identity(int fd, const char *what, FsIdentity *ret) {
        int r;

        r = fs_identity_read(fd, ret);
        if (r == -ENOTTY)
                return answer_refuse(ANSWER_INVALID, "The %s is not on btrfs", what);
        if (r < 0)
                return answer_refuse(ANSWER_INVALID, "Cannot look at the %s: %s", what,
                                     strerrordesc_np(-r));
        return accept();
}

/* Without a word about it, it is the pool's. */
static Answer find_filesystem(const Pool *pool, const PrepareWish *wish, LeaseDetails *d) {
        FsIdentity filesystem = *pool_get_identity(pool), subvolume;
        Answer answer = accept();

        if (wish->filesystem_fd >= 0)
                answer = read_identity(wish->filesystem_fd, "filesystem", &filesystem);
        if (answer.kind != ANSWER_ACCEPTED)
                return answer;
        if (wish->subvolume_fd >= 0) {
                answer = read_identity(wish->subvolume_fd, "subvolume", &subvolume);
                if (answer.kind != ANSWER_ACCEPTED)
                        return answer;
                if (wish->filesystem_fd >= 0 && strcmp(subvolume.fsid, filesystem.fsid) != 0)
                        return answer_refuse(ANSWER_INVALID,
                                             "The subvolume is not on the filesystem; name one of "
                                             "them");
                filesystem = subvolume;
        }
        d->elsewhere = strcmp(filesystem.fsid, pool_get_identity(pool)->fsid) != 0;
        return accept();
}

/* ---- device ---- */

/* By its number, or with btrfs-progs' word for all that are. */
static bool is_missing_device(int fd, const char *name) {
        uint64_t id, size_bytes;

        if (strcmp(name, "missing") == 0)
                return true;
        return parse_u64(name, &id) >= 0 && fs_device_size(fd, id, &size_bytes) >= 0;
}

static Answer find_device(const Pool *pool, const char *name, LeaseDetails *d) {
        int r;

        r = fs_device_find(pool_get_fd(pool), name, &d->device_id);
        if (r == -ENOENT && is_missing_device(pool_get_fd(pool), name)) {
                d->device_missing = true;
                return accept();
        }
        if (r < 0)
                return answer_refuse(ANSWER_INVALID,
                                     "'%.64s' is no device of the filesystem that the pool is on; "
                                     "if another one is meant, name it with --filesystem",
                                     name);
        return accept();
}

static int measure_devices(const Pool *pool, LeaseDetails *d) {
        FsDevices devices;
        int r;

        r = fs_device_size(pool_get_fd(pool), d->device_id, &d->device_bytes);
        if (r < 0)
                return r;
        r = fs_devices_read(pool_get_fd(pool), &devices);
        if (r < 0)
                return r;
        for (unsigned i = 0; i < devices.n; i++)
                d->other_devices += devices.items[i].id != d->device_id;
        return 0;
}

/* ---- size ---- */

static Answer refuse_size(const char *size) {
        return answer_refuse(ANSWER_INVALID,
                             "'%.64s' is no size that 'btrfs filesystem resize' could be run with: "
                             "[DEVID:][+-]SIZE[kKmMgGtTpPeE] or [DEVID:]max",
                             size);
}

static Answer find_size(const Pool *pool, const char *size, LeaseDetails *d) {
        ResizeWish wish;

        if (resize_parse(size, &wish) < 0)
                return refuse_size(size);
        if (d->device_id != LEASE_NOWHERE && wish.device_named && wish.device_id != d->device_id)
                return answer_refuse(ANSWER_INVALID,
                                     "'%.64s' is about another device than device %" PRIu64, size,
                                     d->device_id);
        if (d->device_id == LEASE_NOWHERE)
                d->device_id = wish.device_id;
        if (fs_device_size(pool_get_fd(pool), d->device_id, &d->device_bytes) < 0)
                return answer_refuse(ANSWER_INVALID,
                                     "The filesystem that the pool is on has no device %" PRIu64,
                                     d->device_id);
        if (resize_target(&wish, d->device_bytes, &d->resize_bytes) < 0)
                return answer_refuse(ANSWER_INVALID,
                                     "'%.64s' leaves less than %s of device %" PRIu64
                                     ", which the kernel does not allow",
                                     size, FORMAT_SIZE(RESIZE_BYTES_MIN), d->device_id);
        return accept();
}

/* ---- filters ---- */

static Answer read_filters(const char *filters, LeaseDetails *d) {
        char words[BALANCE_TEXT_MAX];
        BalanceArgs args = { 0 };
        const char *wrong = NULL;
        char *state = NULL;

        if (strlen(filters) >= sizeof(words))
                return answer_refuse(ANSWER_INVALID, "The filters are too long");
        (void)snprintf(words, sizeof(words), "%s", filters);
        for (char *word = strtok_r(words, " ", &state); word && !wrong;
             word = strtok_r(NULL, " ", &state))
                wrong = balance_args_take(&args, word);
        if (!wrong)
                wrong = balance_args_complete(&args);
        if (wrong)
                return answer_refuse(ANSWER_INVALID, "'%.100s': %s", filters, wrong);
        d->converts_data = balance_args_converts_data(&args);
        return accept();
}

/* ---- subvolume ---- */

/* Each subvolume has a device number of its own. */
static bool is_file_in(const char *path, dev_t subvolume) {
        _cleanup_(close_fdp) int fd = host_open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        return fd >= 0 && fstat(fd, &st) >= 0 && st.st_dev == subvolume;
}

/* The first active swapfile in it. */
static void find_swapfile(const char *swaps, dev_t subvolume, LeaseDetails *d) {
        const char *cursor = swaps;
        SwapArea area;
        int r;

        while ((r = swaps_next(&cursor, &area)) != 0) {
                if (r < 0 || !area.file || area.deleted || area.path[0] != '/' ||
                    !is_file_in(area.path, subvolume))
                        continue;
                (void)snprintf(d->swapfile, sizeof(d->swapfile), "%.*s",
                               (int)sizeof(d->swapfile) - 1, area.path);
                return;
        }
}

static Answer read_subvolume(const Pool *pool, const char *swaps, int fd, LeaseDetails *d) {
        struct stat own, named;

        if (fstat(pool_get_fd(pool), &own) < 0 || fstat(fd, &named) < 0)
                return answer_refuse(ANSWER_FAILED, "Cannot look at the subvolume: %s",
                                     strerrordesc_np(errno));
        d->pool_subvolume = own.st_dev == named.st_dev;
        if (!d->pool_subvolume)
                find_swapfile(swaps, named.st_dev, d);
        return accept();
}

/* ---- the whole ---- */

static bool is_online(const Pool *pool) {
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++)
                if (pool_get_slot(pool, i)->state == SLOT_ACTIVE ||
                    pool_get_slot(pool, i)->state == SLOT_DRAINING)
                        return true;
        return false;
}

static Answer read_here(const Pool *pool, const char *swaps, const PrepareWish *wish,
                        LeaseDetails *d) {
        Answer answer = accept();
        int r;

        if (wish->device)
                answer = find_device(pool, wish->device, d);
        if (answer.kind == ANSWER_ACCEPTED && wish->size && wish->operation == OPERATION_RESIZE)
                answer = find_size(pool, wish->size, d);
        if (answer.kind == ANSWER_ACCEPTED && wish->filters && wish->operation == OPERATION_BALANCE)
                answer = read_filters(wish->filters, d);
        if (answer.kind == ANSWER_ACCEPTED && wish->subvolume_fd >= 0)
                answer = read_subvolume(pool, swaps, wish->subvolume_fd, d);
        if (answer.kind != ANSWER_ACCEPTED || d->device_id == LEASE_NOWHERE)
                return answer;

        r = measure_devices(pool, d);
        if (r < 0)
                return answer_refuse(ANSWER_FAILED, "Cannot look at device %" PRIu64 ": %s",
                                     d->device_id, strerrordesc_np(-r));
        return answer;
}

/* Not its path: what holds a lease is told to all users. */
static void describe_subvolume(int fd, char *text) {
        uint64_t id;

        if (subvolume_number(fd, &id) >= 0)
                (void)snprintf(text, LEASE_DETAILS_MAX, "subvolume %" PRIu64, id);
}

static void describe(const PrepareWish *wish, const LeaseDetails *d, char *text) {
        const size_t size = LEASE_DETAILS_MAX;

        text[0] = '\0';
        if (d->elsewhere)
                (void)snprintf(text, size, "on another filesystem");
        else if (d->device_missing)
                (void)snprintf(text, size, "a missing device");
        else if (d->resize_bytes == UINT64_MAX)
                (void)snprintf(text, size, "device %" PRIu64 " to its full size", d->device_id);
        else if (d->resize_bytes > 0)
                (void)snprintf(text, size, "device %" PRIu64 " to %s", d->device_id,
                               FORMAT_SIZE(d->resize_bytes));
        else if (d->device_id != LEASE_NOWHERE)
                (void)snprintf(text, size, "device %" PRIu64, d->device_id);
        else if (wish->subvolume_fd >= 0)
                describe_subvolume(wish->subvolume_fd, text);
        else if (wish->filters)
                (void)snprintf(text, size, "%s", wish->filters);
        text_clean(text);
}

Answer lease_details_read(const Pool *pool, const char *swaps, const PrepareWish *wish,
                          LeaseDetails *ret, char *text) {
        LeaseDetails d = { .pool_online = is_online(pool) };
        Answer answer;

        answer = find_filesystem(pool, wish, &d);
        if (answer.kind == ANSWER_ACCEPTED && !d.elsewhere)
                answer = read_here(pool, swaps, wish, &d);
        if (answer.kind != ANSWER_ACCEPTED)
                return answer;
        describe(wish, &d, text);
        *ret = d;
        return accept();
}
