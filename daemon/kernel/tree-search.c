/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/tree-search.h"

#include <errno.h>
#include <sys/ioctl.h>

static int compare_u64(uint64_t a, uint64_t b) {
        return (a > b) - (a < b);
}

static int key_compare(const TreeKey *a, const TreeKey *b) {
        if (a->objectid != b->objectid)
                return compare_u64(a->objectid, b->objectid);
        if (a->type != b->type)
                return compare_u64(a->type, b->type);
        return compare_u64(a->offset, b->offset);
}

/* The next possible key, with carry; false behind the last one. */
static bool key_advance(TreeKey *key) {
        if (++key->offset != 0)
                return true;
        if (++key->type != 0)
                return true;
        return ++key->objectid != 0;
}

void tree_search_begin(TreeSearch *s, int fd, uint64_t tree_id, TreeKey first, TreeKey last) {
        /* Member by member: an initialiser would clear the buffer as well. */
        s->fd = fd;
        s->tree_id = tree_id;
        s->next = first;
        s->last = last;
        s->exhausted = false;
        s->items_left = 0;
        s->at = 0;
}

static int tree_search_fill(TreeSearch *s) {
        struct btrfs_ioctl_search_args_v2 *args = &s->request.args;
        bool one_key = key_compare(&s->next, &s->last) == 0;

        args->key = (struct btrfs_ioctl_search_key){
                .tree_id = s->tree_id,
                .min_objectid = s->next.objectid,
                .max_objectid = s->last.objectid,
                .min_type = s->next.type,
                .max_type = s->last.type,
                .min_offset = s->next.offset,
                .max_offset = s->last.offset,
                .max_transid = UINT64_MAX,
                /* Not told to stop, copy_to_sk() compares all the rest of the leaf. */
                .nr_items = one_key ? 1 : UINT32_MAX,
        };
        args->buf_size = TREE_SEARCH_BUFFER_BYTES;

        while (ioctl(s->fd, BTRFS_IOC_TREE_SEARCH_V2, args) < 0)
                if (errno != EINTR)
                        return -errno;

        s->items_left = args->key.nr_items;
        s->at = 0;
        return 0;
}

int tree_buffer_next(const uint8_t *buf, size_t size, size_t *at, TreeItem *ret) {
        struct btrfs_ioctl_search_header header;

        if (*at > size || size - *at < sizeof(header))
                return -EBADMSG;
        memcpy(&header, buf + *at, sizeof(header));
        if (header.len > size - *at - sizeof(header) || header.type > UINT8_MAX)
                return -EBADMSG;

        *ret = (TreeItem){
                .key = { header.objectid, header.offset, (uint8_t)header.type },
                .data = buf + *at + sizeof(header),
                .size = header.len,
        };
        *at += sizeof(header) + header.len;
        return 0;
}

int tree_search_next(TreeSearch *s, TreeItem *ret) {
        TreeItem item;
        int r;

        if (s->items_left == 0) {
                if (s->exhausted || key_compare(&s->next, &s->last) > 0)
                        return 0;
                r = tree_search_fill(s);
                if (r < 0)
                        return r;
                if (s->items_left == 0)
                        return 0;
        }

        r = tree_buffer_next(s->request.bytes + sizeof(s->request.args), TREE_SEARCH_BUFFER_BYTES,
                             &s->at, &item);
        if (r < 0)
                return r;
        /* Also what keeps the search from going round in circles. */
        if (s->exhausted || key_compare(&item.key, &s->next) < 0)
                return -EBADMSG;

        s->items_left--;
        s->next = item.key;
        s->exhausted = !key_advance(&s->next);
        *ret = item;
        return 1;
}
