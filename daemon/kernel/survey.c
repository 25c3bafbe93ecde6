/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/survey.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "kernel/tree-search.h"

/* Not in the headers of older distributions: simple quotas put it before the references. */
#define EXTENT_OWNER_REF_KEY 172

/*
 * Other people's extents in the same chunks are read as well. Where they are so many that FIEMAP is
 * the cheaper, it is asked.
 */
#define FOREIGN_ITEMS_FACTOR 8

struct SurveyShared {
        _Atomic uint64_t walked; /* 0 as long as the walk goes on */
        RefSum found;
        bool complete;
};

void survey_begin(Survey *s, int fd, uint64_t from) {
        *s = (Survey){
                .fd = fd,
                .from = from,
                .oldest_generation = UINT64_MAX,
                .chunks_fd = -1,
        };
}

/* splitmix64: addresses differ in few bits, a sum of them would be easy to hit by chance. */
static uint64_t hash_u64(uint64_t n) {
        n += UINT64_C(0x9e3779b97f4a7c15);
        n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
        return n ^ n >> 31;
}

static void ref_sum_add(RefSum *sum, uint64_t whole, uint64_t references) {
        sum->references += references;
        sum->hash += hash_u64(whole) * references;
}

#define REF_OFFSET(member)                                                                         \
        (offsetof(struct btrfs_extent_inline_ref, offset) +                                        \
         offsetof(struct btrfs_extent_data_ref, member))

int extent_refs_parse(const uint8_t *item, size_t size, RefOwner owner, uint32_t *ret) {
        const size_t header = sizeof(struct btrfs_extent_item);
        uint64_t references;
        const uint8_t *ref;
        uint32_t count;

        if (size < header)
                return -EBADMSG;
        references = tree_le64(item, offsetof(struct btrfs_extent_item, refs));
        ref = item + header;
        size -= header;
        if (size > sizeof(struct btrfs_extent_inline_ref) && ref[0] == EXTENT_OWNER_REF_KEY) {
                ref += sizeof(struct btrfs_extent_inline_ref);
                size -= sizeof(struct btrfs_extent_inline_ref);
        }

        *ret = 0;
        /* Exactly one, of the kind that names an inode. */
        if (size != REF_OFFSET(count) + sizeof(count) || ref[0] != BTRFS_EXTENT_DATA_REF_KEY)
                return 0;
        memcpy(&count, ref + REF_OFFSET(count), sizeof(count));
        count = le32toh(count);
        if (references == count && tree_le64(ref, REF_OFFSET(root)) == owner.root_id &&
            tree_le64(ref, REF_OFFSET(objectid)) == owner.inode)
                *ret = count;
        return 0;
}

/* ---- in the reader ---- */

static bool reader_gives_up(const SurveyShared *shared, uint64_t items) {
        uint64_t walked = shared->walked;

        return walked > 0 && items / FOREIGN_ITEMS_FACTOR > walked;
}

/* Adds up what only the owner refers to in one chunk. */
static int reader_sum(const Survey *s, const Chunk *chunk, uint64_t *items) {
        const uint64_t last = chunk->logical + chunk->length_bytes - 1;
        TreeSearch search;
        uint32_t count;
        TreeItem item;
        int r;

        tree_search_begin(&search, s->fd, BTRFS_EXTENT_TREE_OBJECTID,
                          (TreeKey){ chunk->logical, 0, BTRFS_EXTENT_ITEM_KEY },
                          (TreeKey){ last, UINT64_MAX, BTRFS_EXTENT_ITEM_KEY });
        while ((r = tree_search_next(&search, &item)) > 0) {
                if (reader_gives_up(s->shared, ++*items))
                        return -EAGAIN;
                if (item.key.type != BTRFS_EXTENT_ITEM_KEY)
                        continue;
                r = extent_refs_parse(item.data, item.size, s->owner, &count);
                if (r < 0)
                        return r;
                ref_sum_add(&s->shared->found, item.key.objectid, count);
        }
        return r;
}

static _Noreturn void reader_run(const Survey *s, int chunks_fd, pid_t parent) {
        uint64_t items = 0;
        Chunk chunk;
        ssize_t n;

        /* Whoever stops the check stops this. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(EXIT_FAILURE);
        while ((n = read(chunks_fd, &chunk, sizeof(chunk))) == sizeof(chunk))
                if (reader_sum(s, &chunk, &items) < 0)
                        _exit(EXIT_FAILURE);
        s->shared->complete = n == 0;
        _exit(EXIT_SUCCESS);
}

/* ---- in the process that walks ---- */

/* The transaction of the newest snapshot that was ever made of this subvolume; 0 for none. */
static int last_snapshot(int fd, uint64_t root_id, uint64_t *ret) {
        const uint64_t tree = BTRFS_ROOT_TREE_OBJECTID;
        TreeSearch search;
        TreeItem item;
        int r;

        tree_search_begin(&search, fd, tree, (TreeKey){ root_id, 0, BTRFS_ROOT_ITEM_KEY },
                          (TreeKey){ root_id, UINT64_MAX, BTRFS_ROOT_ITEM_KEY });
        r = tree_search_next(&search, &item);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (item.size < offsetof(struct btrfs_root_item, last_snapshot) + sizeof(uint64_t))
                return -EBADMSG;
        *ret = tree_le64(item.data, offsetof(struct btrfs_root_item, last_snapshot));
        return 0;
}

static int owner_of(int fd, RefOwner *ret) {
        struct btrfs_ioctl_get_subvol_info_args subvolume = { 0 };
        struct stat st;

        if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &subvolume) < 0 || fstat(fd, &st) < 0)
                return -errno;
        *ret = (RefOwner){ subvolume.treeid, st.st_ino };
        return 0;
}

static int transaction_commit(int fd) {
        uint64_t transaction = 0;

        if (ioctl(fd, BTRFS_IOC_START_SYNC, &transaction) < 0 ||
            ioctl(fd, BTRFS_IOC_WAIT_SYNC, &transaction) < 0)
                return -errno;
        return 0;
}

static int reader_start(Survey *s) {
        _cleanup_(close_fdp) int in = -1;
        pid_t parent = getpid();
        int ends[2];

        s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (s->shared == MAP_FAILED) {
                s->shared = NULL;
                return -errno;
        }
        /* Not a pipe, which would send SIGPIPE when the reader is gone. */
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return -errno;
        in = ends[0];
        s->chunks_fd = ends[1];

        s->reader = fork();
        if (s->reader == 0) {
                (void)close(s->chunks_fd);
                reader_run(s, in, parent);
        }
        return s->reader < 0 ? -errno : 0;
}

static int reader_tell(const Survey *s, const PinnedChunk *pinned) {
        const Chunk chunk = { .logical = pinned->logical, .length_bytes = pinned->length_bytes };
        ssize_t n = send(s->chunks_fd, &chunk, sizeof(chunk), MSG_NOSIGNAL);

        if (n < 0)
                return -errno;
        return n == sizeof(chunk) ? 0 : -EIO;
}

static int survey_start(Survey *s, const PinTable *table) {
        int r;

        r = transaction_commit(s->fd);
        if (r < 0)
                return r;
        r = owner_of(s->fd, &s->owner);
        if (r < 0)
                return r;
        r = last_snapshot(s->fd, s->owner.root_id, &s->snapshot);
        if (r < 0)
                return r;
        r = reader_start(s);
        for (unsigned i = 0; i < table->n && r == 0; i++)
                r = reader_tell(s, &table->chunks[i]);
        return r;
}

/* In step with the walk. */
static int survey_follow(Survey *s, const PinTable *table) {
        int r = 0;

        if (table->overflowed || (s->reader > 0 && s->oldest_generation <= s->snapshot))
                return -E2BIG;
        if (s->reader > 0 && table->n > s->told)
                r = reader_tell(s, &table->chunks[table->at]);
        else if (s->reader == 0 && s->walked.references == s->from)
                r = survey_start(s, table);
        s->told = table->n;
        return r;
}

void survey_take(Survey *s, const Extent *extent, const PinTable *table) {
        if (s->abandoned || (extent->kind != EXTENT_REGULAR && extent->kind != EXTENT_PREALLOC))
                return;
        ref_sum_add(&s->walked, extent->whole, 1);
        if (extent->generation < s->oldest_generation)
                s->oldest_generation = extent->generation;
        s->abandoned = survey_follow(s, table) < 0;
}

static bool reader_end(Survey *s) {
        int status = -1;

        s->shared->walked = s->walked.references;
        s->chunks_fd = close_fd(s->chunks_fd);
        if (s->abandoned)
                (void)kill(s->reader, SIGKILL);
        while (waitpid(s->reader, &status, 0) < 0)
                if (errno != EINTR)
                        return false;
        return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS && s->shared->complete;
}

bool survey_end(Survey *s) {
        bool settled = false;

        if (s->reader > 0)
                settled = reader_end(s) && !s->abandoned && s->oldest_generation > s->snapshot &&
                          s->shared->found.references == s->walked.references &&
                          s->shared->found.hash == s->walked.hash;
        s->chunks_fd = close_fd(s->chunks_fd);
        if (s->shared)
                (void)munmap(s->shared, sizeof(*s->shared));
        s->shared = NULL;
        s->reader = 0;
        return settled;
}
