/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/version.h"

#include <linux/version.h>
#include <sys/utsname.h>

#include "base/u64.h"
#include "kernel/scan.h"

uint32_t kernel_version_parse(const char *release) {
        uint64_t major, minor, patch = 0;

        if (!scan_u64(&release, &major) || !scan_word(&release, ".") || !scan_u64(&release, &minor))
                return 0;
        if (scan_word(&release, "."))
                (void)scan_u64(&release, &patch);
        if (major > UINT16_MAX || minor > UINT8_MAX)
                return 0;
        return (uint32_t)KERNEL_VERSION(major, minor, u64_min(patch, UINT8_MAX));
}

uint32_t kernel_version_read(void) {
        struct utsname name;

        return uname(&name) < 0 ? 0 : kernel_version_parse(name.release);
}
