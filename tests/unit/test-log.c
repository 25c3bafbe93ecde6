/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"

/* Far more than a socket holds that nobody reads. */
#define LINES 10000
#define STUCK_SEC 20

typedef struct Captured {
        int saved_fd; /* the standard error there was */
        int ends[2];
} Captured;

/* Standard error becomes one end of a stream, as systemd makes it one that leads to the journal. */
static void capture(Captured *c) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->ends), 0);
        c->saved_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        assert_true(c->saved_fd >= 0);
        assert_true(dup2(c->ends[0], STDERR_FILENO) >= 0);
}

static void release(Captured *c) {
        assert_true(dup2(c->saved_fd, STDERR_FILENO) >= 0);
        c->saved_fd = close_fd(c->saved_fd);
        c->ends[0] = close_fd(c->ends[0]);
        c->ends[1] = close_fd(c->ends[1]);
}

static void test_a_line_arrives(void **state) {
        Captured c;
        char text[64] = "";

        (void)state;
        capture(&c);
        log_message(LOG_ERR, -ENOENT, "Cannot open '%s'", "it");
        assert_true(read(c.ends[1], text, sizeof(text) - 1) > 0);
        release(&c);
        assert_string_equal(text, "Cannot open 'it': No such file or directory\n");
}

/* If it waited, the alarm would end the test. */
static void test_nobody_reads(void **state) {
        Captured c;

        (void)state;
        capture(&c);
        (void)alarm(STUCK_SEC);
        for (unsigned i = 0; i < LINES; i++)
                log_error("line %u of a log that nobody reads", i);
        (void)alarm(0);
        release(&c);
}

/* As when the journal has ended. SIGPIPE would end the test. */
static void test_the_reader_has_gone(void **state) {
        Captured c;

        (void)state;
        capture(&c);
        c.ends[1] = close_fd(c.ends[1]);
        log_error("nobody is there");
        release(&c);
}

static void test_a_file_takes_lines_too(void **state) {
        char text[64] = "";
        int pipe_fds[2];
        Captured c;

        (void)state;
        capture(&c);
        assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
        assert_true(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
        log_error("through a pipe");
        assert_true(read(pipe_fds[0], text, sizeof(text) - 1) > 0);
        release(&c);
        (void)close_fd(pipe_fds[0]);
        (void)close_fd(pipe_fds[1]);
        assert_string_equal(text, "through a pipe\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_line_arrives),
                cmocka_unit_test(test_nobody_reads),
                cmocka_unit_test(test_the_reader_has_gone),
                cmocka_unit_test(test_a_file_takes_lines_too),
        };

        (void)unsetenv("JOURNAL_STREAM");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
