/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Swap header and our mark in it
 *
 * Version 1 as the kernel's union swap_header: one page, native byte order, magic in its last ten
 * bytes. The label is our mark: a file without it is not ours, whatever its name. The kernel uses
 * neither label nor UUID. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWAP_LABEL "btrfs-swapd"
/* A file added by hand: it stays until it is removed by hand. All 16 bytes, without a NUL. */
#define SWAP_LABEL_KEPT "btrfs-swapd-keep"

#define SWAP_PAGE_MAX (64 * 1024)

/* The label's place in a file. */
#define SWAP_LABEL_OFFSET 1052
#define SWAP_LABEL_BYTES 16

/* The kernel refuses fewer; the same as mkswap's minimum. */
#define SWAP_PAGES_MIN 10

typedef struct SwapHeader {
        uint32_t version;
        uint32_t last_page;
        uint32_t bad_pages;
        uint8_t uuid[16];
        char label[17];
        bool has_image; /* of a hibernation that nothing came back from: swapon refuses it */
        bool ours;
        bool kept;
} SwapHeader;

/*
 * Writes a header for a file of `size_bytes` into `page` (page_bytes long). -ERANGE below
 * SWAP_PAGES_MIN pages or beyond 2^32 pages; -EINVAL for a page size that is no power of two
 * between 4 KiB and SWAP_PAGE_MAX.
 */
int swap_header_format(void *page, size_t page_bytes, uint64_t size_bytes, const uint8_t uuid[16],
                       bool kept);

/* -EBADMSG: no header for this page size. */
int swap_header_parse(const void *page, size_t page_bytes, SwapHeader *ret);

/* Reads and parses that of an open file, for the running page size. */
int swap_header_read(int fd, SwapHeader *ret);
