/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/power.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "kernel/meminfo.h"
#include "kernel/scan.h"

/* Those of /sys have less than a page; a command line has 4 KiB at most. */
#define TEXT_MAX (8 * 1024)

#define LIBRARY "libsystemd-shared-"

static bool power_text(const char *root, const char *path, char *buf, size_t size) {
        char full[PATH_MAX];
        int n = snprintf(full, sizeof(full), "%s%s", root, path);

        return n > 0 && (size_t)n < sizeof(full) && file_read_at(AT_FDCWD, full, buf, size) >= 0;
}

/* Among words between blanks. */
static bool text_has_word(const char *text, const char *word) {
        size_t length = strlen(word), n;

        for (text += strspn(text, " \t\n"); *text != '\0'; text += strspn(text, " \t\n")) {
                n = strcspn(text, " \t\n");
                if (n == length && strncmp(text, word, n) == 0)
                        return true;
                text += n;
        }
        return false;
}

static uint64_t power_number(const char *root, const char *path, uint64_t otherwise) {
        char text[TEXT_MAX];
        const char *at = text;
        uint64_t n;

        if (!power_text(root, path, text, sizeof(text)) || !scan_u64(&at, &n) ||
            !scan_end_of_line(at))
                return otherwise;
        return n;
}

/* An option with a value. */
static bool text_has_option(const char *text, const char *option) {
        for (const char *at = text; (at = strstr(at, option)) != NULL; at++)
                if (at == text || strchr(" \t", at[-1]))
                        return true;
        return false;
}

/* "259:2" */
static uint64_t power_device(const char *root, const char *path) {
        uint64_t major_number, minor_number;
        char text[TEXT_MAX];
        const char *at = text;

        if (!power_text(root, path, text, sizeof(text)) || !scan_u64(&at, &major_number) ||
            !scan_word(&at, ":") || !scan_u64(&at, &minor_number) || !scan_end_of_line(at) ||
            major_number > UINT_MAX || minor_number > UINT_MAX)
                return 0;
        return makedev((unsigned)major_number, (unsigned)minor_number);
}

/* "[disabled]" is what a kernel has to say that could, but must not. */
static bool power_is_supported(const char *root) {
        char text[TEXT_MAX];

        if (!power_text(root, "/sys/power/state", text, sizeof(text)) ||
            !text_has_word(text, "disk"))
                return false;
        return power_text(root, "/sys/power/disk", text, sizeof(text)) &&
               !text_has_word(text, "[disabled]");
}

/* "[none] integrity confidentiality": both but the first forbid it. */
static bool power_is_locked_down(const char *root) {
        char text[TEXT_MAX];

        return power_text(root, "/sys/kernel/security/lockdown", text, sizeof(text)) &&
               !text_has_word(text, "[none]");
}

static bool power_has_efi(const char *root) {
        char path[PATH_MAX];
        int n = snprintf(path, sizeof(path), "%s/sys/firmware/efi/efivars", root);

        return n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0;
}

/*
 * There is no file that tells. But each of its programs needs a library that has the version in its
 * name, with what the distribution puts behind it: "libsystemd-shared-257.9-1.so".
 */
static unsigned power_systemd_version(const char *root) {
        static const char *const places[] = { "/usr/lib", "/usr/lib64", "/usr/lib/*", "/lib" };
        char pattern[PATH_MAX];
        uint64_t version = 0, n;
        const char *at;
        glob_t found;

        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                (void)snprintf(pattern, sizeof(pattern), "%s%s/systemd/" LIBRARY "*.so", root,
                               places[i]);
                if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
                        continue;
                for (size_t k = 0; k < found.gl_pathc; k++) {
                        at = strrchr(found.gl_pathv[k], '/') + strlen("/" LIBRARY);
                        if (scan_u64(&at, &n) && n < UINT_MAX && n > version)
                                version = n;
                }
                globfree(&found);
        }
        return (unsigned)version;
}

/* As "systemctl edit" writes it; what is in its environment only it can tell. */
static bool power_is_unchecked(const char *root) {
        char pattern[PATH_MAX], text[TEXT_MAX];
        bool unchecked = false;
        glob_t found;

        (void)snprintf(pattern, sizeof(pattern),
                       "%s/etc/systemd/system/systemd-logind.service.d/*.conf", root);
        if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
                return false;
        for (size_t i = 0; i < found.gl_pathc; i++)
                if (power_text("", found.gl_pathv[i], text, sizeof(text)) &&
                    strstr(text, "SYSTEMD_BYPASS_HIBERNATION_MEMORY_CHECK=1"))
                        unchecked = true;
        globfree(&found);
        return unchecked;
}

void power_read_resume(const char *root, PowerFacts *ret) {
        char text[TEXT_MAX];

        ret->resume_asked = power_text(root, "/proc/cmdline", text, sizeof(text)) &&
                            text_has_option(text, "resume=");
        ret->resume_device = power_device(root, "/sys/power/resume");
        ret->resume_offset_pages =
                power_number(root, "/sys/power/resume_offset", RESUME_OFFSET_NONE);
}

int power_read(const char *root, PowerFacts *ret) {
        PowerFacts p = { 0 };
        char text[TEXT_MAX];

        if (!power_text(root, "/proc/meminfo", text, sizeof(text)))
                return -EIO;
        if (!meminfo_find(text, "MemFree:", &p.free_bytes) ||
            !meminfo_find(text, "Active(anon):", &p.active_anon_bytes))
                return -EBADMSG;

        p.supported = power_is_supported(root);
        p.locked_down = power_is_locked_down(root);
        p.noresume = power_text(root, "/proc/cmdline", text, sizeof(text)) &&
                     text_has_word(text, "noresume");
        p.efi = power_has_efi(root);
        p.unchecked = power_is_unchecked(root);
        p.systemd = power_systemd_version(root);
        power_read_resume(root, &p);
        p.image_bytes = power_number(root, "/sys/power/image_size", 0);
        *ret = p;
        return 0;
}

int power_point_resume(const char *root, uint64_t offset_pages) {
        _cleanup_(close_fdp) int fd = -1;
        char path[PATH_MAX], text[32];
        int n;

        n = snprintf(path, sizeof(path), "%s/sys/power/resume_offset", root);
        if (n < 0 || (size_t)n >= sizeof(path))
                return -ENAMETOOLONG;
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return -errno;
        n = snprintf(text, sizeof(text), "%" PRIu64 "\n", offset_pages);
        return write(fd, text, (size_t)n) < 0 ? -errno : 0;
}
