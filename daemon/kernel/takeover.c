/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/takeover.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/host.h"
#include "kernel/check.h"
#include "kernel/fsinfo.h"
#include "kernel/fstab.h"
#include "kernel/placer.h"
#include "kernel/swap-header.h"
#include "kernel/swap.h"
#include "kernel/swapfile.h"

/* clang-format off */
static const struct {
        const char *sentence;
        const char *remedy;
} refusals[] = {
        [TAKEOVER_ACCEPTED]   = { "", "" },
        [TAKEOVER_NO_FILE]    = { "it is not a regular file", "name a swapfile" },
        [TAKEOVER_ELSEWHERE]  = { "it is not on the filesystem of the pool, or in another mount of it",
                                  "remove it and use 'swapctl add SIZE'" },
        [TAKEOVER_OURS]       = { "it lies in the directory of the pool already",
                                  "move it elsewhere first if it is not one of the pool" },
        [TAKEOVER_ACTIVE]     = { "it is on", "use 'swapctl add --adopt', or turn it off first" },
        [TAKEOVER_UNWRITABLE] = { "it was not opened for writing", "open it for reading and writing" },
        [TAKEOVER_LINKS]      = { "it has other names (hard links)", "remove those first" },
        [TAKEOVER_NAME]       = { "its name could not be removed where it is",
                                  "move it (mv) to a directory of root's on that filesystem" },
        [TAKEOVER_TOO_LARGE]  = { "it is larger than what may be added", "raise MaximumSize=" },
        [TAKEOVER_UNFIT]      = { "the kernel would not take it as swap",
                                  "'swapctl check' shows all that is wrong with it" },
};
/* clang-format on */
static_assert(ELEMENTSOF(refusals) == _TAKEOVER_REFUSAL_MAX, "a sentence for each");

const char *takeover_refusal_to_sentence(TakeoverRefusal refusal) {
        assert(refusal < _TAKEOVER_REFUSAL_MAX);
        return refusals[refusal].sentence;
}

const char *takeover_refusal_to_remedy(TakeoverRefusal refusal) {
        assert(refusal < _TAKEOVER_REFUSAL_MAX);
        return refusals[refusal].remedy;
}

/* ---- the name that it has ---- */

/* As this process sees it: where that leads to another file, it is left alone. */
static void find_path(int fd, char ret[PATH_MAX]) {
        char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
        ssize_t n;

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, ret, PATH_MAX - 1);
        ret[n > 0 ? n : 0] = '\0';
}

static bool is_file(int dir_fd, const char *name, int fd) {
        struct stat by_name, by_fd;

        return fstatat(dir_fd, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
               fstat(fd, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
               by_name.st_ino == by_fd.st_ino;
}

/* Returns the directory above `path` and sets `ret_name` if `fd` is what has that name there. */
static int open_parent(int fd, const char *path, const char **ret_name) {
        const char *name = strrchr(path, '/');
        _cleanup_(close_fdp) int parent_fd = -1;
        char parent[PATH_MAX];

        if (!name)
                return -ENOENT;
        (void)snprintf(parent, sizeof(parent), "%.*s/", (int)(name - path), path);
        parent_fd = host_open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent_fd < 0)
                return parent_fd;
        if (!is_file(parent_fd, name + 1, fd))
                return -ENOENT;
        *ret_name = name + 1;
        return STEAL_FD(parent_fd);
}

/* The service is root without CAP_DAC_OVERRIDE: it may not do as it likes in a user's directory. */
static bool name_can_go(int fd, const char *path) {
        _cleanup_(close_fdp) int parent_fd = -1;
        const char *name;

        parent_fd = open_parent(fd, path, &name);
        return parent_fd >= 0 && faccessat(parent_fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

static bool remove_name(int fd, const char *path) {
        _cleanup_(close_fdp) int parent_fd = -1;
        const char *name;

        parent_fd = open_parent(fd, path, &name);
        return parent_fd >= 0 && unlinkat(parent_fd, name, 0) == 0;
}

/* ---- may it be taken? ---- */

static bool is_on_filesystem_of(int fd, int dir_fd) {
        FsIdentity file, directory;

        return fs_identity_read(fd, &file) >= 0 && fs_identity_read(dir_fd, &directory) >= 0 &&
               strcmp(file.fsid, directory.fsid) == 0;
}

static TakeoverRefusal judge_file(int dir_fd, int fd, const char *path, uint64_t room_bytes) {
        struct stat file, directory;

        if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
                return TAKEOVER_NO_FILE;
        if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
                return TAKEOVER_UNWRITABLE;
        if (!is_on_filesystem_of(fd, dir_fd))
                return TAKEOVER_ELSEWHERE;
        /* A subvolume has a device number of its own. */
        if (fstat(dir_fd, &directory) < 0 || file.st_dev == directory.st_dev)
                return TAKEOVER_OURS;
        if (swap_is_active(fd))
                return TAKEOVER_ACTIVE;
        if (file.st_nlink > 1)
                return TAKEOVER_LINKS;
        if (file.st_nlink == 1 && !name_can_go(fd, path))
                return TAKEOVER_NAME;
        if ((uint64_t)file.st_size > room_bytes)
                return TAKEOVER_TOO_LARGE;
        return TAKEOVER_ACCEPTED;
}

/* What passes by itself keeps it from being turned on now, not from being taken. */
static int judge_extents(int fd, TakeoverReport *ret) {
        CheckReport report;
        int r;

        r = check_file(fd, CHECK_BULK_FROM, &report);
        if (r < 0)
                return r;
        ret->size_bytes = report.size_bytes;
        for (uint32_t i = 0; i < report.n_findings; i++) {
                if (report.findings[i].passes)
                        continue;
                ret->refusal = TAKEOVER_UNFIT;
                ret->finding = report.findings[i];
                return 0;
        }
        return 0;
}

/* ---- our mark ---- */

static int mark_write(int fd, const char label[SWAP_LABEL_BYTES]) {
        ssize_t n = pwrite(fd, label, SWAP_LABEL_BYTES, SWAP_LABEL_OFFSET);

        if (n < 0)
                return -errno;
        return n == SWAP_LABEL_BYTES ? 0 : -EIO;
}

static int mark_read(int fd, char ret[SWAP_LABEL_BYTES]) {
        ssize_t n = pread(fd, ret, SWAP_LABEL_BYTES, SWAP_LABEL_OFFSET);

        if (n < 0)
                return -errno;
        return n == SWAP_LABEL_BYTES ? 0 : -EBADMSG;
}

/* ---- taking ---- */

static int clone_file(int dir_fd, int fd, const char *name) {
        _cleanup_(close_fdp) int new_fd = -1;
        int r;

        r = swapfile_begin(dir_fd, &new_fd);
        if (r < 0)
                return r;
        if (ioctl(new_fd, FICLONE, fd) < 0)
                return -errno;
        r = swapfile_publish(dir_fd, new_fd, name);
        if (r < 0)
                return r;
        return place_commit(dir_fd);
}

static int move_extents(int dir_fd, int fd, const char *name, TakeoverReport *ret) {
        char label[SWAP_LABEL_BYTES];
        int r;

        r = mark_read(fd, label);
        if (r < 0)
                return r;
        r = mark_write(fd, SWAP_LABEL_KEPT);
        if (r >= 0)
                r = clone_file(dir_fd, fd, name);
        if (r < 0) {
                (void)mark_write(fd, label);
                return r;
        }

        if (ftruncate(fd, 0) < 0)
                return -errno;
        ret->name_left = !remove_name(fd, ret->path);
        ret->in_fstab = fstab_has_swap(ret->path);
        return place_commit(dir_fd);
}

int takeover_file(int dir_fd, int fd, const char *name, uint64_t room_bytes, TakeoverReport *ret) {
        int r;

        memset(ret, 0, sizeof(*ret));
        find_path(fd, ret->path);
        ret->refusal = judge_file(dir_fd, fd, ret->path, room_bytes);
        if (ret->refusal != TAKEOVER_ACCEPTED)
                return 0;
        r = judge_extents(fd, ret);
        if (r < 0 || ret->refusal != TAKEOVER_ACCEPTED)
                return r;

        r = move_extents(dir_fd, fd, name, ret);
        if (r != -EXDEV)
                return r;
        ret->refusal = TAKEOVER_ELSEWHERE;
        return 0;
}
