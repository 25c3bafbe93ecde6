/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Takes a swapfile into a directory as the daemon does, and may be killed at any system call
 *
 *     take DIRECTORY NAME FILE [CALLS]
 *
 * Without CALLS it prints how many system calls it took. With it a SIGKILL comes before that one,
 * and it exits with 137. A refusal is 4, anything else that is wrong 1.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "kernel/takeover.h"

#define EXIT_KILLED 137
#define EXIT_REFUSED 4

static int take(int dir_fd, const char *name, int fd) {
        TakeoverReport report;
        int r;

        r = takeover_file(dir_fd, fd, name, UINT64_MAX, &report);
        if (r < 0)
                (void)fprintf(stderr, "Cannot take it: %s\n", strerrordesc_np(-r));
        else if (report.refusal != TAKEOVER_ACCEPTED)
                (void)fprintf(stderr, "%s\n", takeover_refusal_to_sentence(report.refusal));
        return r < 0 ? 1 : report.refusal != TAKEOVER_ACCEPTED ? EXIT_REFUSED : 0;
}

static _Noreturn void child_run(int dir_fd, const char *name, int fd) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        _exit(take(dir_fd, name, fd));
}

/* After the first stop each system call stops it twice, before and after. */
static int step(pid_t pid, uint64_t calls, uint64_t *ret_calls) {
        uint64_t stops = 0;
        int status = 0;

        while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
                if (stops++ == 2 * calls - 1)
                        (void)kill(pid, SIGKILL);
                else
                        (void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
        }
        *ret_calls = stops / 2;
        return WIFSIGNALED(status) ? EXIT_KILLED : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
        uint64_t calls = UINT64_MAX / 2, done = 0;
        _cleanup_(close_fdp) int dir_fd = -1, fd = -1;
        pid_t pid;
        int code;

        if (argc < 4 || (argc > 4 && parse_u64(argv[4], &calls) < 0))
                return 2;
        dir_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd = open(argv[3], O_RDWR | O_CLOEXEC);
        if (dir_fd < 0 || fd < 0) {
                (void)fprintf(stderr, "Cannot open '%s' or '%s': %m\n", argv[1], argv[3]);
                return 2;
        }

        pid = fork();
        if (pid < 0)
                return 1;
        if (pid == 0)
                child_run(dir_fd, argv[2], fd);
        code = step(pid, calls, &done);
        if (argc == 4)
                printf("%" PRIu64 "\n", done);
        return code;
}
