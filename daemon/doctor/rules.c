/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/rules.h"

#include <assert.h>
#include <stddef.h>

#include "base/cleanup.h"

typedef struct RuleText {
        const char *name;
        const char *why;
        const char *remedies[_DOCTOR_PLACE_MAX]; /* NULL: the one for elsewhere */
} RuleText;

static const RuleText rules[] = {
        [DOCTOR_POOL_UNAVAILABLE] = {
                "pool-unavailable",
                "without its directory btrfs-swapd cannot give the machine any swap",
                { "do what the message says; 'swapctl status' shows whether it helped" },
        },
        [DOCTOR_SNAPSHOT_FAILS] = {
                "snapshot-fails",
                "the kernel takes no snapshot of a subvolume with an active swapfile: 'Text file "
                "busy'",
                {
                        [PLACE_ELSEWHERE] =
                                "swapoff {}; then make it anew in a subvolume of its own ('btrfs "
                                "subvolume create')",
                        [PLACE_BESIDE_THE_POOL] = "swapctl add --adopt {}",
                        [PLACE_POOL] = "take the pool's directory out of that configuration",
                },
        },
        [DOCTOR_READ_ONLY] = {
                "read-only",
                "swapoff fails with 'Read-only file system': it cannot be turned off any more",
                { "btrfs property set -ts {} ro false" },
        },
        [DOCTOR_COLLATERAL] = {
                "collateral",
                "scrub and balance skip the chunks of active swapfiles, so errors in the other "
                "data there are not found",
                {
                        [PLACE_ELSEWHERE] = "swapoff {} for the time of each scrub and balance",
                        [PLACE_BESIDE_THE_POOL] = "swapctl add --adopt {}",
                        [PLACE_POOL] = "swapctl scrub",
                },
        },
        [DOCTOR_POISONED] = {
                "poisoned",
                "the kernel refuses a swapfile whose extents a snapshot or a reflink shares: "
                "swapon fails with 'Invalid argument'",
                {
                        [PLACE_ELSEWHERE] =
                                "rm {} && btrfs filesystem mkswapfile --size {#}m {}",
                        [PLACE_POOL] = "swapctl remove {}",
                },
        },
        [DOCTOR_UNUSABLE] = {
                "unusable",
                "swapon fails with it, at the next start of the machine too",
                {
                        [PLACE_ELSEWHERE] = "swapctl check {}",
                        [PLACE_POOL] = "swapctl remove {}",
                },
        },
        [DOCTOR_MISSING] = {
                "missing",
                "the machine starts with a failed unit, and without the swap that was meant",
                { "take its line out of /etc/fstab: the pool gives swap in its place" },
        },
        [DOCTOR_POOL_IN_FSTAB] = {
                "pool-in-fstab",
                "files of the pool come and go; one that is not there fails at the machine's start",
                { "take its line out of /etc/fstab: btrfs-swapd turns it on" },
        },
        [DOCTOR_ZRAM_PRIORITY] = {
                "zram-priority",
                "the kernel fills the area of the highest priority first: pages go to the disk "
                "while compressed memory is free",
                {
                        [PLACE_ELSEWHERE] = "swapoff {} && swapon --priority {#} {}",
                        [PLACE_POOL] = "swapctl remove {}",
                },
        },
        [DOCTOR_ZSWAP_ZRAM] = {
                "zswap-zram",
                "pages are compressed twice, and what zswap holds takes room of zram besides",
                { "echo N > /sys/module/zswap/parameters/enabled # and put zswap.enabled=0 on the "
                  "kernel's command line" },
        },
        [DOCTOR_EQUAL_PRIORITY] = {
                "equal-priority",
                "the kernel spreads pages over areas of equal priority in turn, however slow one "
                "is",
                { "swapoff {} && swapon --priority {#} {}" },
        },
        [DOCTOR_OTHER_MANAGER] = {
                "other-manager",
                "two that add and take away swap by themselves work against each other",
                { "systemctl disable --now {}" },
        },
        [DOCTOR_OOMD_LIMIT] = {
                "oomd-limit",
                "the pool grows before less than a tenth of the swap is free: programs are killed "
                "although there could be more swap",
                { "set SwapUsedLimit=90% in /etc/systemd/oomd.conf, then 'systemctl restart "
                  "systemd-oomd'" },
        },
        [DOCTOR_PROFILE] = {
                "profile",
                "the kernel takes swapfiles in data chunks of the profile 'single' alone: the pool "
                "cannot grow",
                { "set Directory= to a path on a filesystem whose data is 'single'; or convert "
                  "this one, which leaves no second copy of any data: btrfs balance start "
                  "-dconvert=single,soft {}" },
        },
        [DOCTOR_PAUSED_BALANCE] = {
                "paused-balance",
                "while a balance is paused no swapfile can be turned on: the pool cannot grow",
                { "btrfs balance resume {}" },
        },
        [DOCTOR_NO_PSI] = {
                "no-psi",
                "without pressure figures of the kernel, need for swap is noticed late",
                { "add psi=1 to the kernel's command line" },
        },
        [DOCTOR_SLOW_PSI] = {
                "slow-psi",
                "without CAP_SYS_RESOURCE the kernel tells of pressure every 2 s only",
                { "give btrfs-swapd CAP_SYS_RESOURCE; 'systemctl cat btrfs-swapd' shows what takes "
                  "it away" },
        },
        [DOCTOR_OLD_KERNEL] = {
                "old-kernel",
                "kernels before 5.15 have faults with swapfiles on btrfs that were mended since",
                { "install a kernel of version 5.15 or later" },
        },
        [DOCTOR_HIBERNATE_LOCKED_DOWN] = {
                "hibernate-locked-down",
                "an image could bring anything into memory, so a kernel that is locked down writes "
                "and reads none",
                { "turn Secure Boot off in the firmware, or set Reserve=no in "
                  "/etc/btrfs-swapd.conf" },
        },
        [DOCTOR_HIBERNATE_UNSUPPORTED] = {
                "hibernate-unsupported",
                "this machine does not hibernate, whatever swap there is",
                { "use a kernel with CONFIG_HIBERNATION and without nohibernate on its command "
                  "line, or set Reserve=no in /etc/btrfs-swapd.conf" },
        },
        [DOCTOR_HIBERNATE_NO_RESUME] = {
                "hibernate-noresume",
                "the next start would throw the image away, and what was in memory with it",
                { "take noresume off the kernel's command line" },
        },
        [DOCTOR_HIBERNATE_NO_EFI] = {
                "hibernate-no-efi",
                "systemd refuses to hibernate when nothing can tell the next start where the image "
                "is",
                { "name a swap partition, or a swapfile outside the pool, with resume= and "
                  "resume_offset= on the kernel's command line" },
        },
        [DOCTOR_HIBERNATE_SYSTEMD] = {
                "hibernate-systemd",
                "it may choose a file of the pool, and fails then",
                { "install systemd 255 or later, or name a swap partition with resume= on the "
                  "kernel's command line" },
        },
        [DOCTOR_HIBERNATE_DEVICES] = {
                "hibernate-devices",
                "no file of the pool can take the image, and nothing else has room for it",
                { "use a swap partition for hibernation" },
        },
        [DOCTOR_HIBERNATE_RESUME] = {
                "hibernate-resume",
                "systemd refuses to hibernate when the place that is named is not swap; a balance, "
                "or making the file anew, moves it",
                { "turn that swap on, or name its place anew: 'swapctl map --resume-offset FILE' "
                  "prints it" },
        },
        [DOCTOR_HIBERNATE_SIZE] = {
                "hibernate-size",
                "hibernating fails when the image does not fit, and no other swap can take it",
                { "use a larger one, or take resume= off the kernel's command line" },
        },
        [DOCTOR_HIBERNATE_ROOM] = {
                "hibernate-room",
                "hibernating fails: no swap that is on has room for the image, and no file can be "
                "made for it",
                { "raise MaximumSize=, or free space on the filesystem or lower KeepFree=, "
                  "whichever is said to be in the way" },
        },
        [DOCTOR_HIBERNATE_LOGIND] = {
                "hibernate-logind",
                "logind refuses to hibernate before a file can be made for the image",
                { "systemctl edit systemd-logind, and put there: [Service] "
                  "Environment=SYSTEMD_BYPASS_HIBERNATION_MEMORY_CHECK=1" },
        },
};
static_assert(ELEMENTSOF(rules) == _DOCTOR_RULE_MAX, "texts for each");

const char *doctor_rule_to_string(DoctorRule rule) {
        assert(rule < _DOCTOR_RULE_MAX);
        return rules[rule].name;
}

const char *doctor_rule_to_sentence(DoctorRule rule) {
        assert(rule < _DOCTOR_RULE_MAX);
        return rules[rule].why;
}

const char *doctor_rule_to_remedy(DoctorRule rule, DoctorPlace place) {
        assert(rule < _DOCTOR_RULE_MAX && place < _DOCTOR_PLACE_MAX);
        return rules[rule].remedies[place] ?: rules[rule].remedies[PLACE_ELSEWHERE];
}
