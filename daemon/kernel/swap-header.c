/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/swap-header.h"

#include <assert.h>
#include <byteswap.h>
#include <string.h>

#include "base/cleanup.h"

#define MAGIC "SWAPSPACE2"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
/* In its place while there is an image: mark_swapfiles(). The rest of the header stays. */
#define MAGIC_IMAGE "S1SUSPEND\0"

/* The members of the kernel's union swap_header behind the boot sector, up to the padding. */
#define INFO_OFFSET 1024
typedef struct SwapInfo {
        uint32_t version;
        uint32_t last_page;
        uint32_t bad_pages;
        uint8_t uuid[16];
        char label[16];
} SwapInfo;

static_assert(INFO_OFFSET + offsetof(SwapInfo, label) == SWAP_LABEL_OFFSET, "as in the header");
static_assert(sizeof(MAGIC_IMAGE) - 1 == MAGIC_LEN, "one in place of the other");
static_assert(sizeof(SwapInfo) == 44, "the kernel's layout has no gaps");
static_assert(sizeof(SWAP_LABEL) - 1 <= 16, "the label fits");
static_assert(sizeof(SWAP_LABEL_KEPT) - 1 == 16, "fills its field, as mkswap allows");

static bool page_size_valid(size_t page_bytes) {
        return page_bytes >= 4096 && page_bytes <= SWAP_PAGE_MAX &&
               (page_bytes & (page_bytes - 1)) == 0;
}

static bool label_is(const char label[16], const char *wanted) {
        char padded[16] = { 0 };

        memcpy(padded, wanted, strnlen(wanted, sizeof(padded)));
        return memcmp(label, padded, sizeof(padded)) == 0;
}

int swap_header_format(void *page, size_t page_bytes, uint64_t size_bytes, const uint8_t uuid[16],
                       bool kept) {
        const char *label = kept ? SWAP_LABEL_KEPT : SWAP_LABEL;
        SwapInfo info = { .version = 1 };
        uint64_t pages;

        if (!page_size_valid(page_bytes))
                return -EINVAL;
        pages = size_bytes / page_bytes;
        if (pages < SWAP_PAGES_MIN || pages > UINT64_C(1) << 32)
                return -ERANGE;

        info.last_page = (uint32_t)(pages - 1);
        memcpy(info.uuid, uuid, sizeof(info.uuid));
        memcpy(info.label, label, strlen(label));

        memset(page, 0, page_bytes);
        memcpy((char *)page + INFO_OFFSET, &info, sizeof(info));
        memcpy((char *)page + page_bytes - MAGIC_LEN, MAGIC, MAGIC_LEN);
        return 0;
}

int swap_header_parse(const void *page, size_t page_bytes, SwapHeader *ret) {
        const char *magic;
        SwapInfo info;
        SwapHeader h;

        if (!page_size_valid(page_bytes))
                return -EINVAL;
        magic = (const char *)page + page_bytes - MAGIC_LEN;
        if (memcmp(magic, MAGIC, MAGIC_LEN) != 0 && memcmp(magic, MAGIC_IMAGE, MAGIC_LEN) != 0)
                return -EBADMSG;

        memcpy(&info, (const char *)page + INFO_OFFSET, sizeof(info));
        h = (SwapHeader){
                .version = info.version,
                .last_page = info.last_page,
                .bad_pages = info.bad_pages,
                .has_image = memcmp(magic, MAGIC_IMAGE, MAGIC_LEN) == 0,
                .kept = label_is(info.label, SWAP_LABEL_KEPT),
        };
        /* read_swap_header() takes a header of the other byte order as well. */
        if (info.version == bswap_32(1)) {
                h.version = bswap_32(info.version);
                h.last_page = bswap_32(info.last_page);
                h.bad_pages = bswap_32(info.bad_pages);
        }
        h.ours = h.kept || label_is(info.label, SWAP_LABEL);
        memcpy(h.uuid, info.uuid, sizeof(h.uuid));
        memcpy(h.label, info.label, sizeof(info.label));

        *ret = h;
        return 0;
}

int swap_header_read(int fd, SwapHeader *ret) {
        size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), used = 0;
        uint8_t page[SWAP_PAGE_MAX];
        ssize_t n;

        if (!page_size_valid(page_bytes))
                return -EINVAL;
        while (used < page_bytes) {
                n = pread(fd, page + used, page_bytes - used, (off_t)used);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EBADMSG;
                used += (size_t)n;
        }
        return swap_header_parse(page, page_bytes, ret);
}
