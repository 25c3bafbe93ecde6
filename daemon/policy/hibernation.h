/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Room for the image of a hibernation
 *
 * The kernel writes the image into one swap area alone. Which one says resume=; where nothing is
 * named, systemd chooses and tells the firmware. Whether that area is large enough, and what has to
 * be made if it is not, is worked out here. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "policy/sizing.h"
#include "policy/types.h"

/* What the configuration wants. */
typedef struct ReserveWish {
        bool wanted;
        uint64_t bytes; /* 0: as much as the image takes */
        int32_t above;  /* the priority of the pool's first file: what is made has a higher one */
} ReserveWish;

/* An offset that is not known, or that the kernel does not show. */
#define RESUME_OFFSET_NONE UINT64_MAX

typedef struct PowerFacts {
        bool supported;   /* the kernel can hibernate now */
        bool locked_down; /* it could, but lockdown is in force */
        bool noresume;    /* on the command line */
        bool efi;         /* there are variables to tell the next start where the image is */
        bool unchecked;   /* logind was told not to ask whether swap has room */
        unsigned systemd; /* its version; 0: not known, or there is none */

        bool resume_asked; /* on the command line */

        /* What /sys/power has, from there or from whoever wrote it. */
        uint64_t resume_device; /* as makedev() makes it; 0: nothing is named */
        uint64_t resume_offset_pages;

        uint64_t image_bytes; /* the kernel tries to keep the image below this */
        uint64_t free_bytes;  /* memory that holds nothing */
        uint64_t active_anon_bytes;
} PowerFacts;

/* A swap area that is on and not zram, in the order of /proc/swaps. */
typedef struct HibernationArea {
        uint64_t device;       /* that it lies on; 0: on none alone, and systemd passes it over */
        uint64_t offset_pages; /* of a file's first page on it; RESUME_OFFSET_NONE: not known, and
                                * any may be meant */
        bool file;
        bool pool; /* one of its files */
        int32_t priority;
        uint64_t size_bytes;
        uint64_t used_bytes;
} HibernationArea;

/* Swap areas that a kernel can have, and some more. */
#define HIBERNATION_AREAS_MAX 32

/*
 * What the image needs at most: all that memory holds and cannot drop. What the kernel swaps out
 * to make the image small goes, in the worst case, into the same area.
 */
uint64_t hibernation_image_bytes(const MemoryFacts *memory, const PowerFacts *power);

/*
 * The area that systemd takes (find_suitable_hibernation_device_full(), since version 255), or
 * NULL. With something named, that one alone. Else it goes through all, and whatever has a higher
 * priority or more free space than the best so far is the best: which one wins can depend on the
 * order.
 */
const HibernationArea *hibernation_choose(const PowerFacts *power, const HibernationArea *areas,
                                          unsigned n);

/* Would systemd hibernate with so much free in the area that it has chosen? */
bool hibernation_is_allowed(const PowerFacts *power, uint64_t free_bytes);

/*
 * To hibernate, systemd writes to /sys/power where the file lies, and what is there can be changed
 * but not taken back: the kernel refuses it. From then on systemd looks nowhere else, until the
 * next start. So a place on the pool's device that nobody asked for, and that is the pool's or
 * nobody's, may be given to another file of the pool.
 */
bool hibernation_resume_is_ours(const PowerFacts *power, const HibernationArea *areas, unsigned n);

typedef enum HibernationVerdict {
        HIBERNATION_UNWANTED,    /* Reserve=no */
        HIBERNATION_LOCKED_DOWN, /* the kernel does not hibernate */
        HIBERNATION_UNSUPPORTED, /* likewise */
        HIBERNATION_NO_RESUME,   /* nothing would be read back */
        HIBERNATION_NO_EFI,      /* nobody would know where to read it from */
        HIBERNATION_NAMED,       /* the image goes where resume= says, and nowhere else */
        HIBERNATION_SYSTEMD,     /* it is too old for files on btrfs */
        HIBERNATION_READY,       /* what is on is enough */
        HIBERNATION_DEVICES,     /* systemd takes no file on several devices */
        HIBERNATION_RESERVE,     /* a file has to be made */
        _HIBERNATION_VERDICT_MAX,
} HibernationVerdict;

const char *hibernation_verdict_to_string(HibernationVerdict verdict);

/* A sentence for people, without a full stop, and what to do about it; "" where that is nothing. */
const char *hibernation_verdict_to_sentence(HibernationVerdict verdict);
const char *hibernation_verdict_to_remedy(HibernationVerdict verdict);

typedef struct HibernationPlan {
        HibernationVerdict verdict;
        uint64_t bytes;   /* HIBERNATION_RESERVE: of the file, in whole MiB */
        int32_t priority; /* likewise */
} HibernationPlan;

/* `several_devices`: the pool's filesystem has more than one. */
HibernationPlan hibernation_plan(const ReserveWish *wish, const MemoryFacts *memory,
                                 const PowerFacts *power, const HibernationArea *areas, unsigned n,
                                 bool several_devices);

/*
 * Why no file could be turned on now, however small: a hibernation is not put off until that has
 * passed. REASON_CALM: nothing is in the way.
 */
Reason hibernation_obstacle(const Sample *in);

/*
 * The largest file that could be turned on for the image, if the pool's spares went for it. With an
 * obstacle it is 0 bytes, and that the limit.
 */
Room hibernation_room(const PolicyConfig *c, const Sample *in);

/* Why the file cannot be had: a sentence for people, without a full stop, and what helps. */
const char *hibernation_limit_to_sentence(Reason limit);
const char *hibernation_limit_to_remedy(Reason limit);
