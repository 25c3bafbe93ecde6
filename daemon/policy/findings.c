/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/findings.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/btrfs_tree.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* Rows beyond these are kept for rules that have none yet. */
#define FINDINGS_REPEATED_MAX (FINDINGS_MAX - _CHECK_RULE_MAX)

static_assert(FINDINGS_MAX >= 2 * _CHECK_RULE_MAX, "each rule has a row, and some are left");

static Finding *report_last_of(CheckReport *report, CheckRule rule) {
        for (uint32_t i = report->n_findings; i > 0; i--)
                if (report->findings[i - 1].rule == rule)
                        return &report->findings[i - 1];
        return NULL;
}

static bool finding_adjoins(const Finding *last, const Finding *next) {
        return last->length_bytes > 0 && next->length_bytes > 0 &&
               last->offset_bytes + last->length_bytes == next->offset_bytes &&
               strcmp(last->detail, next->detail) == 0;
}

void findings_add(CheckReport *report, const Finding *finding) {
        Finding *last = report_last_of(report, finding->rule);

        if (last && finding_adjoins(last, finding)) {
                last->length_bytes += finding->length_bytes;
                return;
        }
        if (last && report->n_findings >= FINDINGS_REPEATED_MAX) {
                report->left_off++;
                return;
        }
        assert(report->n_findings < FINDINGS_MAX);
        report->findings[report->n_findings++] = *finding;
}

/* clang-format off */
static const struct {
        uint64_t bit;
        const char *name;
} profiles[] = {
        { BTRFS_BLOCK_GROUP_RAID0,   "raid0"   },
        { BTRFS_BLOCK_GROUP_RAID1,   "raid1"   },
        { BTRFS_BLOCK_GROUP_RAID1C3, "raid1c3" },
        { BTRFS_BLOCK_GROUP_RAID1C4, "raid1c4" },
        { BTRFS_BLOCK_GROUP_DUP,     "dup"     },
        { BTRFS_BLOCK_GROUP_RAID10,  "raid10"  },
        { BTRFS_BLOCK_GROUP_RAID5,   "raid5"   },
        { BTRFS_BLOCK_GROUP_RAID6,   "raid6"   },
};
/* clang-format on */

static const char *profile_name(uint64_t type) {
        for (size_t i = 0; i < ELEMENTSOF(profiles); i++)
                if (type & profiles[i].bit)
                        return profiles[i].name;
        return "single";
}

/* The same words for all extents that are to be one row. */
static void violation_describe(const Violation *v, char *buf, size_t size) {
        switch (v->rule) {
        case CHECK_HOLE:
                (void)snprintf(buf, size, "%s",
                               v->extent ? "an explicit hole" : "nothing is allocated");
                break;
        case CHECK_INLINE:
                (void)snprintf(buf, size, "an inline extent");
                break;
        case CHECK_COMPRESSED:
                (void)snprintf(buf, size, "compressed extents");
                break;
        case CHECK_ENCRYPTED:
                (void)snprintf(buf, size, "encrypted or encoded extents");
                break;
        case CHECK_SHARED:
                (void)snprintf(buf, size, "extents that something else refers to as well");
                break;
        case CHECK_PROFILE:
                (void)snprintf(buf, size, "chunks of profile %s",
                               profile_name(v->extent->chunk.type));
                break;
        case CHECK_DEVICE:
                (void)snprintf(buf, size, "extents on device %" PRIu64, v->extent->chunk.device_id);
                break;
        default:
                buf[0] = '\0';
        }
}

void findings_take(void *userdata, const Violation *violation) {
        Finding finding = {
                .rule = violation->rule,
                .offset_bytes = violation->offset_bytes,
                .length_bytes = violation->length_bytes,
        };

        violation_describe(violation, finding.detail, sizeof(finding.detail));
        findings_add(userdata, &finding);
}

bool findings_refuse(const CheckReport *report) {
        for (uint32_t i = 0; i < report->n_findings; i++)
                if (!report->findings[i].passes)
                        return true;
        return false;
}
