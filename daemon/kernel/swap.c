/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/swap.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

static const char *const refusal_sentences[] = {
        [SWAP_ACCEPTED] = "the swapfile is on",
        [SWAP_ALREADY_ON] = "the swapfile is on already",
        [SWAP_BUSY_OPERATION] = "the filesystem is busy with an operation that excludes swapon, "
                                "such as a balance (a paused one too)",
        [SWAP_BUSY_CHUNK] = "one of the file's chunks is read-only for now, which a scrub causes, "
                            "or a snapshot is being made",
        [SWAP_NO_AREA] = "the kernel has no swap area left",
        [SWAP_NO_MEMORY] = "the kernel has no memory for the tables of another swap area",
        [SWAP_READ_ONLY] = "the filesystem or the subvolume is read-only",
        [SWAP_GONE] = "the file is not there any more",
        [SWAP_NOT_PERMITTED] = "CAP_SYS_ADMIN is missing",
};
static_assert(ELEMENTSOF(refusal_sentences) == _SWAP_REFUSAL_MAX, "a sentence for each");

const char *swap_refusal_to_sentence(SwapRefusal refusal) {
        assert(refusal < _SWAP_REFUSAL_MAX);
        return refusal_sentences[refusal];
}

bool swap_refusal_passes(SwapRefusal refusal) {
        return refusal == SWAP_BUSY_OPERATION || refusal == SWAP_BUSY_CHUNK ||
               refusal == SWAP_NO_MEMORY;
}

/* glibc has no capget(2), and libcap allocates. */
static bool have_sys_admin(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return false;
        return data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

static int refusal_of_errno(int error, int fd, SwapRefusal *ret) {
        switch (error) {
        case EBUSY:
                *ret = swap_is_active(fd) ? SWAP_ALREADY_ON : SWAP_BUSY_OPERATION;
                return 0;
        case EINVAL:
                *ret = SWAP_BUSY_CHUNK;
                return 0;
        case EPERM:
                *ret = have_sys_admin() ? SWAP_NO_AREA : SWAP_NOT_PERMITTED;
                return 0;
        case ENOMEM:
                *ret = SWAP_NO_MEMORY;
                return 0;
        case EROFS:
                *ret = SWAP_READ_ONLY;
                return 0;
        case ENOENT:
        case ENOTDIR:
                *ret = SWAP_GONE;
                return 0;
        default:
                return -error;
        }
}

/* The kernel goes by the path, the check went by the descriptor. */
static bool path_leads_to(const char *path, int fd) {
        struct stat by_path, by_fd;

        return lstat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 &&
               by_path.st_dev == by_fd.st_dev && by_path.st_ino == by_fd.st_ino;
}

int swap_enable(const char *path, int fd, int priority, bool discard, SwapRefusal *ret) {
        int flags;

        assert(path[0] == '/');
        assert(priority >= 0 && priority <= SWAP_FLAG_PRIO_MASK);

        if (!path_leads_to(path, fd)) {
                *ret = SWAP_GONE;
                return 0;
        }

        flags = SWAP_FLAG_PREFER | priority << SWAP_FLAG_PRIO_SHIFT;
        if (discard)
                flags |= SWAP_FLAG_DISCARD;
        if (swapon(path, flags) < 0)
                return refusal_of_errno(errno, fd, ret);

        *ret = SWAP_ACCEPTED;
        return 0;
}

int swap_disable(const char *path) {
        return swapoff(path) < 0 ? -errno : 0;
}

/*
 * generic_write_checks() looks at S_SWAPFILE before it looks at the length, so that a write of
 * nothing tells, and changes nothing.
 */
bool swap_is_active(int fd) {
        _cleanup_(close_fdp) int writable = -1;
        char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

        if (pwrite(fd, "", 0, 0) == 0)
                return false;
        if (errno != EBADF)
                return errno == ETXTBSY;

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        writable = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        return writable >= 0 && pwrite(writable, "", 0, 0) < 0 && errno == ETXTBSY;
}
