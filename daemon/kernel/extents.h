/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A file's extents and what they mean for swap
 *
 * Reads, does not judge: extents go one by one to policy/extent-check. Memory is bounded by a
 * buffer on the stack, however many extents there are. Delayed allocation is flushed before.
 */

#include <stddef.h>
#include <stdint.h>

#include "policy/extent-check.h"

/*
 * Pure: an EXTENT_DATA item of a subvolume's tree; the key's offset is its place in the file.
 * Sharing and chunk are left out. -EBADMSG.
 */
int extent_parse(uint64_t offset_bytes, const uint8_t *item, size_t size, Extent *ret);

/* Told of every extent in file order; a negative return ends the walk and is passed on. */
typedef int (*ExtentHandler)(void *userdata, const Extent *extent);

/* `fd` open for reading; an active swapfile can be read too. */
int extents_walk(int fd, ExtentHandler handler, void *userdata);

/* The same without asking whether they are shared: for files of very many extents. */
int extents_walk_plain(int fd, ExtentHandler handler, void *userdata);

/* What is known of the file as a whole: inode flags, header, filesystem features. */
int file_facts_read(int fd, FileFacts *ret);

/*
 * Chunks that a file pins once it is on. Beyond PINS_CHUNKS_MAX of them a chunk that the file
 * comes back to is counted again, so that the figures are upper bounds.
 */
#define PINS_CHUNKS_MAX 1024

typedef struct Pins {
        unsigned extents;
        unsigned chunks;
        uint64_t chunk_bytes;      /* their length */
        uint64_t collateral_bytes; /* in use in them, but not by this file */
} Pins;

/* Facts, walk and check in one: the verdict, and what the file pins (NULL: not of interest). */
int extents_check(int fd, CheckVerdict *ret_verdict, Pins *ret_pins);
