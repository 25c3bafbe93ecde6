/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "pool/relocation-note.h"

#define FSID "0b0a5a3e-6c1e-4f43-9d5c-6f0f0a1b2c3d"
#define NAME "relocation-" FSID

typedef struct Fixture {
        char path[64];
        int dir_fd;
} Fixture;

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        (void)snprintf(f->path, sizeof(f->path), "/tmp/relocation-note.XXXXXX");
        assert_non_null(mkdtemp(f->path));
        f->dir_fd = relocation_note_open_directory(f->path);
        assert_true(f->dir_fd >= 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        relocation_note_remove(f->dir_fd, FSID);
        (void)unlinkat(f->dir_fd, "target", 0);
        (void)close_fd(f->dir_fd);
        assert_int_equal(rmdir(f->path), 0);
        free(f);
        return 0;
}

/* Each member has a value of its own, the largest among them. */
static RelocationNote note_make(void) {
        const BalanceArgs args = {
                .types[BALANCE_DATA] = { .enabled = true,
                                         .set = FILTER_USAGE | FILTER_LIMIT_RANGE,
                                         .profiles = UINT64_MAX,
                                         .usage_min = 1,
                                         .usage_max = 50,
                                         .device_id = 3,
                                         .physical_start = 4,
                                         .physical_end = UINT64_MAX,
                                         .logical_start = 6,
                                         .logical_end = UINT64_MAX - 1,
                                         .limit_min = 7,
                                         .limit_max = 8,
                                         .stripes_min = UINT32_MAX,
                                         .stripes_max = 9,
                                         .convert = 10 },
                .types[BALANCE_SYSTEM] = { .enabled = true, .set = FILTER_SOFT },
                .force = true,
        };
        RelocationNote note = RELOCATION_NOTE_NEW(args);

        note.idle = note.finishing = note.seen_any = true;
        note.worker = INT32_MAX;
        note.plan.below = 11;
        note.plan.done = (BalanceStat){ 12, 13, 14 };
        note.plan.paused = note.plan.ours = true;
        note.seen = (BalanceSeen){ args, args, { 15, 16, 17 }, true };
        note.seen.args.types[BALANCE_DATA].limit_max = 2;
        note.at = 18;
        return note;
}

static void write_raw(const Fixture *f, const char *text, size_t size) {
        _cleanup_(close_fdp) int fd = -1;

        fd = openat(f->dir_fd, NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, size), size);
}

static size_t read_raw(const Fixture *f, char *buf, size_t size) {
        _cleanup_(close_fdp) int fd = -1;
        ssize_t n;

        fd = openat(f->dir_fd, NAME, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        n = read(fd, buf, size);
        assert_true(n > 0 && (size_t)n < size);
        return (size_t)n;
}

static void test_round_trip(void **state) {
        const Fixture *f = *state;
        RelocationNote written = note_make(), found;
        struct stat st;

        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -ENOENT);
        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &written), 0);
        memset(&found, 0, sizeof(found));
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), 0);
        assert_memory_equal(&found.plan.args.types, &written.plan.args.types,
                            sizeof(written.plan.args.types));
        assert_memory_equal(&found.seen.args.types, &written.seen.args.types,
                            sizeof(written.seen.args.types));
        assert_memory_equal(&found.seen.asked.types, &written.seen.asked.types,
                            sizeof(written.seen.asked.types));
        assert_memory_equal(&found.plan.done, &written.plan.done, sizeof(found.plan.done));
        assert_memory_equal(&found.seen.stat, &written.seen.stat, sizeof(found.seen.stat));
        assert_true(found.plan.finish == BALANCE_NOWHERE);
        assert_true(found.plan.below == 11 && found.at == 18);
        assert_true(found.idle && found.finishing && found.seen_any && !found.settled);
        assert_true(found.plan.paused && found.plan.ours && found.plan.args.force);
        assert_int_equal(found.worker, INT32_MAX);

        assert_int_equal(fstatat(f->dir_fd, NAME, &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        relocation_note_remove(f->dir_fd, FSID);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -ENOENT);
}

static void test_replaced(void **state) {
        const Fixture *f = *state;
        RelocationNote note = note_make(), found;

        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &note), 0);
        note.plan.below = 5;
        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &note), 0);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), 0);
        assert_true(found.plan.below == 5);
}

/* Wherever it ends, it is no note; so is one with anything behind it. */
static void test_truncated(void **state) {
        const Fixture *f = *state;
        RelocationNote note = note_make(), found;
        char text[20000];
        size_t size;

        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &note), 0);
        size = read_raw(f, text, sizeof(text));
        for (size_t n = 0; n < size; n++) {
                write_raw(f, text, n);
                assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);
        }
        strcpy(text + size, "x");
        write_raw(f, text, size + 1);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);
}

static void check_spoilt(const Fixture *f, const char *from, const char *to) {
        RelocationNote note = note_make(), found;
        char text[20000], spoilt[20000];
        size_t size;
        char *at;

        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &note), 0);
        size = read_raw(f, text, sizeof(text));
        text[size] = '\0';
        at = strstr(text, from);
        assert_non_null(at);
        *at = '\0';
        (void)snprintf(spoilt, sizeof(spoilt), "%s%s%s", text, to, at + strlen(from));
        write_raw(f, spoilt, strlen(spoilt));
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);
}

static void test_garbage(void **state) {
        const Fixture *f = *state;
        RelocationNote found;
        char many[20000];

        write_raw(f, "", 0);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);
        write_raw(f, "\0\0\0\n", 4);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);
        memset(many, 'x', sizeof(many));
        write_raw(f, many, sizeof(many));
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);

        check_spoilt(f, "version=1", "version=2");
        check_spoilt(f, "filesystem=0b", "filesystem=0c");
        check_spoilt(f, "settled=0", "settled=2");
        check_spoilt(f, "worker=2147483647", "worker=2147483648");
        check_spoilt(f, "plan.data.set=130", "plan.data.set=4294967296");
        check_spoilt(f, "plan.below=11", "plan.below=-1");
        check_spoilt(f, "plan.below=11", "plan.below=");
        check_spoilt(f, "plan.below=11", "plan.above=11");
        check_spoilt(f, "plan.below=11\n", "");
}

static void test_links(void **state) {
        const Fixture *f = *state;
        RelocationNote note = note_make(), found;

        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &note), 0);
        assert_int_equal(renameat(f->dir_fd, NAME, f->dir_fd, "target"), 0);
        assert_int_equal(symlinkat("target", f->dir_fd, NAME), 0);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), -EBADMSG);

        /* A link in the place of what is being written is not followed either. */
        assert_int_equal(symlinkat("elsewhere", f->dir_fd, NAME ".new"), 0);
        assert_int_equal(relocation_note_write(f->dir_fd, FSID, &note), 0);
        assert_int_equal(faccessat(f->dir_fd, "elsewhere", F_OK, 0), -1);
        assert_int_equal(relocation_note_read(f->dir_fd, FSID, &found), 0);
}

static void test_directory(void **state) {
        const Fixture *f = *state;
        char path[128], link[128];
        int fd;

        (void)snprintf(path, sizeof(path), "%s/made", f->path);
        fd = relocation_note_open_directory(path);
        assert_true(fd >= 0);
        (void)close_fd(fd);

        (void)snprintf(link, sizeof(link), "%s/link", f->path);
        assert_int_equal(symlink("made", link), 0);
        assert_true(relocation_note_open_directory(link) < 0);
        assert_int_equal(chmod(path, 0777), 0);
        assert_int_equal(relocation_note_open_directory(path), -EPERM);
        assert_int_equal(unlink(link), 0);
        assert_int_equal(rmdir(path), 0);
        (void)snprintf(path, sizeof(path), "%s/not/there", f->path);
        assert_int_equal(relocation_note_open_directory(path), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
                cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
                cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
                cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
                cmocka_unit_test_setup_teardown(test_links, setup, teardown),
                cmocka_unit_test_setup_teardown(test_directory, setup, teardown),
        };

        return cmocka_run_group_tests_name("relocation-note", tests, NULL, NULL);
}
