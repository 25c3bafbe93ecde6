/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What can be wrong with a machine's swap
 *
 * Names are stable: programs read them.
 */

typedef enum DoctorRule {
        DOCTOR_POOL_UNAVAILABLE,
        DOCTOR_SNAPSHOT_FAILS, /* on, in a subvolume that a tool takes snapshots of */
        DOCTOR_READ_ONLY,      /* on, in a subvolume that was made read-only */
        DOCTOR_COLLATERAL,     /* scrub and balance do not reach much other data */
        DOCTOR_POISONED,       /* off, and shared with a snapshot */
        DOCTOR_UNUSABLE,       /* off, and the kernel would not take it */
        DOCTOR_MISSING,        /* fstab names what is not there */
        DOCTOR_POOL_IN_FSTAB,
        DOCTOR_ZRAM_PRIORITY,
        DOCTOR_ZSWAP_ZRAM, /* both are on */
        DOCTOR_EQUAL_PRIORITY,
        DOCTOR_OTHER_MANAGER,
        DOCTOR_OOMD_LIMIT, /* it kills before the pool grows */
        DOCTOR_PROFILE,
        DOCTOR_PAUSED_BALANCE,
        DOCTOR_NO_PSI,
        DOCTOR_SLOW_PSI,
        DOCTOR_OLD_KERNEL,
        DOCTOR_HIBERNATE_LOCKED_DOWN,
        DOCTOR_HIBERNATE_UNSUPPORTED,
        DOCTOR_HIBERNATE_NO_RESUME,
        DOCTOR_HIBERNATE_NO_EFI,
        DOCTOR_HIBERNATE_SYSTEMD,
        DOCTOR_HIBERNATE_DEVICES,
        DOCTOR_HIBERNATE_RESUME, /* it names what is not there */
        DOCTOR_HIBERNATE_SIZE,   /* ... or is too small */
        DOCTOR_HIBERNATE_ROOM,   /* no file can be made */
        DOCTOR_HIBERNATE_LOGIND, /* it would not let it come to that */
        _DOCTOR_RULE_MAX,
} DoctorRule;

/* Where the area is that a rule is about: that decides what mends it. */
typedef enum DoctorPlace {
        PLACE_ELSEWHERE,
        PLACE_BESIDE_THE_POOL, /* on its filesystem */
        PLACE_POOL,
        _DOCTOR_PLACE_MAX,
} DoctorPlace;

const char *doctor_rule_to_string(DoctorRule rule);

/* One sentence without a full stop: why it matters. */
const char *doctor_rule_to_sentence(DoctorRule rule);

/* The command that mends it, or what to do; with "{}" for the thing and "{#}" for a number. */
const char *doctor_rule_to_remedy(DoctorRule rule, DoctorPlace place);
