/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The pool's directory: a subvolume of its own
 *
 * The kernel refuses a snapshot of a subvolume that holds an active swapfile, but goes past a
 * nested one (create_snapshot()). So the pool never shares a subvolume with anything else.
 */

typedef enum SubvolumeRefusal {
        SUBVOLUME_ACCEPTED,
        SUBVOLUME_NOT_BTRFS,
        SUBVOLUME_NOT_A_DIRECTORY,
        SUBVOLUME_PLAIN_DIRECTORY, /* not empty, and no subvolume */
        SUBVOLUME_NO_PARENT,
        SUBVOLUME_NOT_MOUNTED, /* what is there lies below a mount that is to come */
        SUBVOLUME_NO_ACCESS,
        SUBVOLUME_READ_ONLY,
        SUBVOLUME_FULL,
        SUBVOLUME_UNSAFE_OWNER, /* somebody but root could put files there */
        SUBVOLUME_ZONED,
        SUBVOLUME_REMAP_TREE,
        SUBVOLUME_PROFILE, /* data chunks are not `single` */
        SUBVOLUME_IN_USE,  /* by another daemon */
        _SUBVOLUME_REFUSAL_MAX,
} SubvolumeRefusal;

const char *subvolume_refusal_to_string(SubvolumeRefusal refusal);
/* What is wrong, and what to do about it; both without a full stop. */
const char *subvolume_refusal_to_sentence(SubvolumeRefusal refusal);
const char *subvolume_refusal_to_remedy(SubvolumeRefusal refusal);

/*
 * Opens the directory at an absolute path. If nothing is there, a subvolume is made, mode 0700,
 * with NOCOW inherited by its files; an empty plain directory is replaced by one. The parent must
 * exist, and the mounts of /etc/fstab above it be there. A subvolume that was there keeps its mode,
 * and must be root's alone to write to. Returns 0 with `*ret_fd` or a refusal, or a negative errno;
 * -EINVAL for a relative path and for "/".
 */
int subvolume_open(const char *path, SubvolumeRefusal *ret_refusal, int *ret_fd);
