/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pool/reconcile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/swap-header.h"
#include "kernel/swapfile.h"
#include "kernel/swaps.h"

/* ---- the directory ---- */

/* What is swapped out is everybody's memory; and what has two names would be two slots. */
static bool is_private(int fd) {
        struct stat st;

        return fstat(fd, &st) >= 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0 && st.st_nlink == 1;
}

void reconcile_check(Slot *slot, int dir_fd) {
        _cleanup_(close_fdp) int fd = -1;
        CheckVerdict verdict;
        Pins pins;

        if (swapfile_open(dir_fd, slot->name, O_RDONLY, &fd) < 0)
                return;
        if (!is_private(fd)) {
                slot_refuse(slot, "others than root may open it, or it has another name as well; "
                                  "remove it");
                return;
        }
        if (extents_check(fd, &verdict, &pins) < 0)
                return;

        slot->pins = pins;
        (void)shares_read(fd, &slot->shares);
        if (verdict.rule != CHECK_OK)
                slot_refuse_verdict(slot, &verdict);
        else
                slot->broken = false;
}

/* Whose is it? The mark in the header decides, never the name. */
static void slot_identify(Slot *slot, int dir_fd, const struct stat *st) {
        _cleanup_(close_fdp) int fd = -1;
        SwapHeader header;

        slot_clear(slot);
        slot->inode = st->st_ino;
        slot->changed = st->st_ctim;
        slot->size_bytes = (uint64_t)st->st_size;
        slot->state = SLOT_FOREIGN;

        if (!S_ISREG(st->st_mode) || st->st_uid != 0 ||
            swapfile_open(dir_fd, slot->name, O_RDONLY, &fd) < 0)
                return;
        if (swap_header_read(fd, &header) < 0 || !header.ours)
                return;

        slot->kept = header.kept;
        slot->state = SLOT_SPARE;
        reconcile_check(slot, dir_fd);
}

static int reconcile_file(Slot *slot, int dir_fd) {
        struct stat st;

        if (fstatat(dir_fd, slot->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != ENOENT)
                        return -errno;
                if (slot->state != SLOT_ABSENT)
                        slot_clear(slot);
                return 0;
        }
        if (!slot_knows(slot, &st))
                slot_identify(slot, dir_fd, &st);
        return 0;
}

/* ---- /proc/swaps ---- */

/* The slot that an area of /proc/swaps belongs to, or SLOT_NONE. */
static uint32_t area_slot(const SwapArea *area, const char *path) {
        size_t length = strlen(path);

        if (area->deleted || strncmp(area->path, path, length) != 0 || area->path[length] != '/')
                return SLOT_NONE;
        return slot_index_from_name(area->path + length + 1);
}

/*
 * A path is no proof: another filesystem may be mounted over the one that the area is on. The
 * inode knows; it is asked once, when a file that was off seems to be on.
 */
static bool is_on(const Slot *slot, int dir_fd) {
        _cleanup_(close_fdp) int fd = -1;

        if (slot->state == SLOT_ACTIVE || slot->state == SLOT_DRAINING)
                return true;
        if (slot->state != SLOT_SPARE)
                return false;
        return swapfile_open(dir_fd, slot->name, O_RDWR, &fd) >= 0 && swap_is_active(fd);
}

static void reconcile_areas(Slot *slots, int dir_fd, const char *path, const char *swaps,
                            uint32_t busy) {
        bool on[POOL_SLOTS_MAX] = { false };
        SwapArea area;
        uint32_t i;
        int r;

        while ((r = swaps_next(&swaps, &area)) != 0) {
                i = r > 0 ? area_slot(&area, path) : SLOT_NONE;
                if (i == SLOT_NONE || !is_on(&slots[i], dir_fd))
                        continue;
                on[i] = true;
                slots[i].used_bytes = area.used_bytes;
                slots[i].priority = area.priority;
        }

        for (i = 0; i < POOL_SLOTS_MAX; i++) {
                if (!on[i]) {
                        slots[i].used_bytes = 0;
                        slots[i].priority = -1;
                }
                if (i == busy || slots[i].state == SLOT_ABSENT || slots[i].state == SLOT_FOREIGN)
                        continue;
                slots[i].state = on[i] ? SLOT_ACTIVE : SLOT_SPARE;
        }
}

int reconcile(Slot *slots, int dir_fd, const char *path, const char *swaps, uint32_t busy) {
        int r;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                if (i == busy)
                        continue;
                r = reconcile_file(&slots[i], dir_fd);
                if (r < 0)
                        return r;
        }
        reconcile_areas(slots, dir_fd, path, swaps, busy);
        return 0;
}
