/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz-tree.h"
#include "rng.h"

#include "base/cleanup.h"
#include "doctor/btrbk.h"
#include "doctor/fstab.h"
#include "doctor/oomd.h"
#include "doctor/snapper.h"
#include "doctor/snapshots.h"
#include "doctor/timeshift.h"

typedef struct Case {
        const char *sentence;
        const char *text;
        const char *expected; /* NULL: nothing is found; several, each with a blank behind */
} Case;

/* clang-format off */
static const Case snapper_cases[] = {
        { "as it comes", "# subvolume\nSUBVOLUME=\"/\"\n\nFSTYPE=\"btrfs\"\n", "/" },
        { "the type may be left out", "SUBVOLUME=\"/home\"\n", "/home" },
        { "without quotes, and a comment behind", "SUBVOLUME=/srv # data\n", "/srv" },
        { "blanks in quotes", "  SUBVOLUME='/a b'\n", "/a b" },
        { "what a backslash keeps", "SUBVOLUME=\"/a\\\"b\\\\c\"\n", "/a\"b\\c" },
        { "the last one counts", "SUBVOLUME=/a\nSUBVOLUME=/b", "/b" },
        { "another filesystem", "SUBVOLUME=/\nFSTYPE=\"lvm(ext4)\"\n", NULL },
        { "in a comment", "#SUBVOLUME=/\n", NULL },
        { "a quote that does not end", "SUBVOLUME=\"/a\nFSTYPE=btrfs\n", NULL },
        { "a path that is none", "SUBVOLUME=root\n", NULL },
        { "nothing", "", NULL },
};

#define UUID "0b0a5a3e-6c1e-4f43-9d5c-6f0f0a1b2c3d"

static const Case timeshift_cases[] = {
        { "as it comes", "{\n  \"backup_device_uuid\" : \"" UUID "\",\n  \"btrfs_mode\" : \"true\",\n"
          "  \"include_btrfs_home_for_backup\" : \"false\",\n  \"exclude\" : [ \"btrfs_mode\" ]\n}\n", UUID },
        { "with /home", "{\"btrfs_mode\":\"true\",\"backup_device_uuid\":\"" UUID "\","
          "\"include_btrfs_home_for_backup\":\"true\"}", UUID " home" },
        { "as older versions call it", "{\"btrfs_mode\":\"true\",\"backup_device_uuid\":\"" UUID "\","
          "\"include_btrfs_home\":\"true\"}", UUID " home" },
        { "truths that are no strings", "{\"btrfs_mode\":true,\"backup_device_uuid\":\"" UUID "\"}", UUID },
        { "it copies files", "{\"btrfs_mode\":\"false\",\"backup_device_uuid\":\"" UUID "\"}", NULL },
        { "no filesystem chosen", "{\"btrfs_mode\":\"true\",\"backup_device_uuid\":\"\"}", NULL },
        { "what is nested does not count", "{\"x\":{\"btrfs_mode\":\"true\"},\"backup_device_uuid\":\"" UUID "\"}", NULL },
        { "what stands in a string neither", "{\"x\":\"\\\"btrfs_mode\\\":\\\"true\\\"\",\"backup_device_uuid\":\"" UUID "\"}", NULL },
        { "half a file", "{\"btrfs_mode\":\"true\",\"backup_device_uuid\":\"" UUID, UUID },
        { "nothing", "", NULL },
};

static const Case btrbk_cases[] = {
        { "as in the manual", "snapshot_dir x\nvolume /mnt/pool\n  subvolume home\n  subvolume @\n", "/mnt/pool/home /mnt/pool/@ " },
        { "without a volume", "subvolume /\nsubvolume \"/home\"\n", "/ /home " },
        { "a wildcard", "volume /v\n\tsubvolume a/*\n", "/v/a/* " },
        { "options, targets and comments between", "volume /v\n subvolume a\n  target /b\n # subvolume c\n  snapshot_name x\n subvolume d", "/v/a /v/d " },
        { "no snapshots of one", "volume /v\n subvolume a\n  snapshot_create no\n subvolume b\n", "/v/b " },
        { "nor of a volume", "volume /v\n snapshot_create no\n subvolume a\nvolume /w\n subvolume b\n", "/w/b " },
        { "nor of any, but one", "snapshot_create no\nsubvolume /a\nvolume /w\n subvolume b\n  snapshot_create always\n", "/w/b " },
        { "on demand is enough", "subvolume /a\n snapshot_create ondemand\n", "/a " },
        { "another machine", "volume ssh://host/v\n subvolume a\nvolume /w\n subvolume b\n", "/w/b " },
        { "a word that only begins so", "subvolumes /a\nvolume_x /b\n", NULL },
        { "nothing", "", NULL },
};

static const Case fstab_cases[] = {
        { "a file", "/swapfile none swap sw 0 0\n", "/swapfile! " },
        { "a blank in its name", "/my\\040swap none swap defaults,pri=5 0 0\n", "/my swap! " },
        { "not at the start", "/a none swap noauto 0 0\n/b none swap pri=1,nofail 0 0\n", "/a /b " },
        { "devices and filesystems", "UUID=1 none swap sw 0 0\n/dev/sda2 none swap sw 0 0\n/x / btrfs defaults 0 0\n", NULL },
        { "a comment", "# /swapfile none swap sw 0 0\n", NULL },
        { "half a line", "/swapfile none", NULL },
        { "nothing", "", NULL },
};
/* clang-format on */

static void check_case(const Case *c, const char *found) {
        if (strcmp(found, c->expected ?: "") != 0)
                fail_msg("%s: '%s'", c->sentence, found);
}

static void test_snapper(void **state) {
        SnapperConfig config;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(snapper_cases); i++) {
                const Case *c = &snapper_cases[i];
                int r = snapper_config_parse(c->text, &config);

                assert_true(r == 0 || r == -ENOENT);
                check_case(c, r == 0 ? config.subvolume : "");
        }
}

static void test_timeshift(void **state) {
        TimeshiftConfig config;
        char found[128];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(timeshift_cases); i++) {
                const Case *c = &timeshift_cases[i];
                int r = timeshift_config_parse(c->text, &config);

                assert_true(r == 0 || r == -ENOENT);
                (void)snprintf(found, sizeof(found), "%s%s", config.filesystem,
                               config.home ? " home" : "");
                check_case(c, r == 0 ? found : "");
        }
}

static void add_path(void *userdata, const char *path) {
        char *found = userdata;

        (void)strcat(strcat(found, path), " ");
}

static void add_file(void *userdata, const FstabFile *file) {
        char *found = userdata;

        (void)strcat(strcat(strcat(found, file->path), file->needed ? "!" : ""), " ");
}

static void test_lists(void **state) {
        char found[256];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(btrbk_cases); i++) {
                found[0] = '\0';
                btrbk_config_parse(btrbk_cases[i].text, add_path, found);
                check_case(&btrbk_cases[i], found);
        }
        for (size_t i = 0; i < ELEMENTSOF(fstab_cases); i++) {
                found[0] = '\0';
                assert_int_equal(fstab_parse(fstab_cases[i].text, add_file, found), 0);
                check_case(&fstab_cases[i], found);
        }
}

static void test_find(void **state) {
        const SnapshotSources sources = {
                .n = 2,
                .items = {
                        { .tool = SNAPSHOT_SNAPPER, .fsid = UUID, .subvolume_id = 257 },
                        { .tool = SNAPSHOT_TIMESHIFT, .fsid = UUID, .name = "@" },
                },
        };
        SubvolumeId id = { .fsid = UUID, .id = 257, .parent_id = 5, .at_top = true, .name = "a" };

        (void)state;
        assert_ptr_equal(snapshots_find(&sources, &id), &sources.items[0]);
        id.id = 258;
        assert_null(snapshots_find(&sources, &id));
        (void)strcpy(id.name, "@");
        assert_ptr_equal(snapshots_find(&sources, &id), &sources.items[1]);
        id.at_top = false;
        assert_null(snapshots_find(&sources, &id));
        id.at_top = true;
        id.parent_id = 256;
        assert_null(snapshots_find(&sources, &id));
        id.parent_id = 5;
        id.fsid[0] = 'f';
        assert_null(snapshots_find(&sources, &id));
}

typedef struct OomdCase {
        const char *sentence;
        const char *text;
        uint32_t limit_permyriad;
} OomdCase;

/* clang-format off */
static const OomdCase oomd_cases[] = {
        { "as it comes, nothing is set",  "[OOM]\n#SwapUsedLimit=90%\n#DefaultMemoryPressureLimit=60%\n", 9000 },
        { "a percentage",                 "[OOM]\nSwapUsedLimit=80%\n", 8000 },
        { "with a fraction, and blanks",  "[OOM]\n  SwapUsedLimit =\t80.5% \n", 8050 },
        { "the last one counts",          "SwapUsedLimit=80%\nSwapUsedLimit=95%", 9500 },
        { "what is none does not",        "SwapUsedLimit=80%\nSwapUsedLimit=95\nSwapUsedLimit=\n", 8000 },
        { "another unit",                 "SwapUsedLimit=800\xe2\x80\xb0\n", 9000 },
        { "another key",                  "SwapUsedLimitX=80%\nXSwapUsedLimit=80%\n", 9000 },
        { "longer than any number",       "SwapUsedLimit=0000000000000000000000000000080%\n", 9000 },
        { "nothing",                      "", 9000 },
};
/* clang-format on */

static void test_oomd(void **state) {
        (void)state;
        for (const OomdCase *c = oomd_cases; c < oomd_cases + ELEMENTSOF(oomd_cases); c++) {
                uint32_t limit_permyriad = 9000;

                oomd_config_parse(c->text, &limit_permyriad);
                if (limit_permyriad != c->limit_permyriad)
                        fail_msg("%s: %u", c->sentence, limit_permyriad);
        }
}

/* Sound files with some bytes changed: whatever comes of it, nothing is read or written beyond. */
static void mutate(Rng *rng, const char *text) {
        size_t size = strlen(text);
        uint8_t *bytes;

        if (size == 0)
                return;
        bytes = malloc(size);
        assert_non_null(bytes);
        memcpy(bytes, text, size);
        for (unsigned i = 0; i < 4; i++)
                bytes[rng_range(rng, 0, size - 1)] = (uint8_t)rng_range(rng, 0, 255);
        assert_int_equal(LLVMFuzzerTestOneInput(bytes, size), 0);
        free(bytes);
}

static void test_mutations(void **state) {
        Rng rng = { 1 };

        (void)state;
        for (unsigned round = 0; round < 500; round++) {
                for (size_t i = 0; i < ELEMENTSOF(snapper_cases); i++)
                        mutate(&rng, snapper_cases[i].text);
                for (size_t i = 0; i < ELEMENTSOF(timeshift_cases); i++)
                        mutate(&rng, timeshift_cases[i].text);
                for (size_t i = 0; i < ELEMENTSOF(btrbk_cases); i++)
                        mutate(&rng, btrbk_cases[i].text);
                for (size_t i = 0; i < ELEMENTSOF(fstab_cases); i++)
                        mutate(&rng, fstab_cases[i].text);
                for (size_t i = 0; i < ELEMENTSOF(oomd_cases); i++)
                        mutate(&rng, oomd_cases[i].text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_snapper), cmocka_unit_test(test_timeshift),
                cmocka_unit_test(test_lists),   cmocka_unit_test(test_find),
                cmocka_unit_test(test_oomd),    cmocka_unit_test(test_mutations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
