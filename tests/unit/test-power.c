/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/power.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"

#define MEMINFO                                                                                    \
        { "/proc/meminfo", "MemTotal: 9 kB\nMemFree:   4096 kB\nActive(anon):  1024 kB\n" }
#define EFI                                                                                        \
        { "/sys/firmware/efi/efivars/Boot0000", "" }

#define FILES_MAX 8

typedef struct PowerStory {
        const char *sentence;
        struct {
                const char *path; /* NULL ends the list */
                const char *text;
        } files[FILES_MAX];
        int r;
        PowerFacts facts;
} PowerStory;

#define MEMORY .free_bytes = 4 * MIB, .active_anon_bytes = MIB
#define UNSEEN MEMORY, .resume_offset_pages = RESUME_OFFSET_NONE

/* clang-format off */
static const PowerStory stories[] = {
        { "a laptop", {
                MEMINFO, EFI,
                { "/sys/power/state",         "freeze mem disk\n" },
                { "/sys/power/disk",          "[platform] shutdown reboot suspend test_resume\n" },
                { "/sys/power/resume",        "0:0\n" },
                { "/sys/power/resume_offset", "0\n" },
                { "/sys/power/image_size",    "6442450944\n" },
                { "/sys/kernel/security/lockdown", "[none] integrity confidentiality\n" } },
          0, { MEMORY, .supported = true, .efi = true, .image_bytes = 6 * GIB } },
        { "the newest systemd of two, as distributions name it", {
                MEMINFO,
                { "/usr/lib/systemd/libsystemd-shared-254.so", "" },
                { "/usr/lib/systemd/libsystemd-shared-257.9-1.fc42.so", "" },
                { "/usr/lib/systemd/libsystemd-core-300.so", "" } },
          0, { UNSEEN, .systemd = 257 } },
        { "logind does not ask", {
                MEMINFO,
                { "/etc/systemd/system/systemd-logind.service.d/override.conf",
                  "[Service]\nEnvironment=SYSTEMD_BYPASS_HIBERNATION_MEMORY_CHECK=1\n" } },
          0, { UNSEEN, .unchecked = true } },
        { "an option that only ends so", {
                MEMINFO,
                { "/proc/cmdline",            "rd.resume=/dev/sda1 resume\n" } },
          0, { UNSEEN } },
        { "systemd where Debian has it", {
                MEMINFO,
                { "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so", "" },
                { "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-x.so", "" } },
          0, { UNSEEN, .systemd = 252 } },
        { "a place that is named", {
                MEMINFO,
                { "/sys/power/resume",        "259:2\n" },
                { "/sys/power/resume_offset", "52761856\n" },
                { "/proc/cmdline",            "quiet resume=/dev/nvme0n1p2 noresumeX\n" } },
          0, { MEMORY, .resume_asked = true, .resume_device = 0x10302, .resume_offset_pages = 52761856 } },
        { "locked down", {
                MEMINFO, EFI,
                { "/sys/power/state",         "freeze mem\n" },
                { "/sys/power/disk",          "[disabled]\n" },
                { "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n" } },
          0, { UNSEEN, .efi = true, .locked_down = true } },
        { "able to, but forbidden", {
                MEMINFO,
                { "/sys/power/state",         "mem disk\n" },
                { "/sys/power/disk",          "[disabled]\n" } },
          0, { UNSEEN } },
        { "never read back", {
                MEMINFO,
                { "/proc/cmdline",            "root=/dev/sda1 noresume quiet\n" } },
          0, { UNSEEN, .noresume = true } },
        { "a kernel that cannot sleep at all", { MEMINFO }, 0, { UNSEEN } },
        { "a kernel that can, but knows no image", {
                MEMINFO,
                { "/sys/power/state",         "mem diskette\n" },
                { "/sys/power/disk",          "[platform]\n" } },
          0, { UNSEEN } },
        { "nonsense counts as nothing", {
                MEMINFO,
                { "/sys/power/resume",        "sda1\n" },
                { "/sys/power/resume_offset", "-5\n" },
                { "/sys/power/image_size",    "many\n" } },
          0, { UNSEEN } },
        { "without the state of memory nothing is known", { EFI }, -EIO, { 0 } },
        { "a state of memory without what is needed",
          { { "/proc/meminfo", "MemFree: 4 kB\n" } }, -EBADMSG, { 0 } },
};
/* clang-format on */

/* ---- a root of its own ---- */

typedef struct Root {
        char path[64];
} Root;

static int root_setup(void **state) {
        Root *root = calloc(1, sizeof(*root));

        assert_non_null(root);
        strcpy(root->path, "/tmp/test-power.XXXXXX");
        assert_non_null(mkdtemp(root->path));
        *state = root;
        return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void)st;
        (void)type;
        return ftw->level > 0 ? remove(path) : 0;
}

static void root_clear(const Root *root) {
        assert_int_equal(nftw(root->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int root_teardown(void **state) {
        Root *root = *state;

        root_clear(root);
        assert_int_equal(remove(root->path), 0);
        free(root);
        return 0;
}

static void root_put(const Root *root, const char *path, const char *text) {
        _cleanup_(fclosep) FILE *f = NULL;
        char full[256];

        (void)snprintf(full, sizeof(full), "%s%s", root->path, path);
        for (char *p = full + strlen(root->path) + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
                *p = '/';
        }
        f = fopen(full, "w");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
}

/* ---- tests ---- */

static void check_facts(const PowerStory *t, const PowerFacts *got) {
#define CHECK(field)                                                                               \
        if (got->field != t->facts.field)                                                          \
        fail_msg("%s: " #field " is %llu", t->sentence, (unsigned long long)got->field)
        CHECK(supported);
        CHECK(locked_down);
        CHECK(noresume);
        CHECK(efi);
        CHECK(systemd);
        CHECK(resume_asked);
        CHECK(unchecked);
        CHECK(resume_device);
        CHECK(resume_offset_pages);
        CHECK(image_bytes);
        CHECK(free_bytes);
        CHECK(active_anon_bytes);
#undef CHECK
}

static void test_read(void **state) {
        const Root *root = *state;

        for (size_t i = 0; i < ELEMENTSOF(stories); i++) {
                const PowerStory *t = &stories[i];
                PowerFacts got = { 0 };
                int r;

                root_clear(root);
                for (unsigned n = 0; n < FILES_MAX && t->files[n].path; n++)
                        root_put(root, t->files[n].path, t->files[n].text);
                r = power_read(root->path, &got);
                if (r != t->r)
                        fail_msg("%s: %d", t->sentence, r);
                check_facts(t, &got);
        }
}

static void test_point(void **state) {
        const Root *root = *state;
        PowerFacts got;

        root_put(root, "/proc/meminfo", stories[0].files[0].text);
        root_put(root, "/sys/power/resume", "8:1\n");
        root_put(root, "/sys/power/resume_offset", "7\n");
        assert_int_equal(power_point_resume(root->path, 52761856), 0);
        assert_int_equal(power_read(root->path, &got), 0);
        assert_int_equal(got.resume_device, 0x801);
        assert_int_equal(got.resume_offset_pages, 52761856);
}

static void test_point_nothing(void **state) {
        const Root *root = *state;

        assert_int_equal(power_point_resume(root->path, 1), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_read, root_setup, root_teardown),
                cmocka_unit_test_setup_teardown(test_point, root_setup, root_teardown),
                cmocka_unit_test_setup_teardown(test_point_nothing, root_setup, root_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
