/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"

#define READY_MSEC 3000

static _Noreturn void agent_run(int notify_fd) {
        char fd[16];

        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)snprintf(fd, sizeof(fd), "%d", notify_fd);
        (void)execlp("pkttyagent", "pkttyagent", "--notify-fd", fd, "--fallback", NULL);
        _exit(127);
}

void agent_start(void) {
        int fds[2];
        pid_t pid;

        if (geteuid() == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
                return;
        if (pipe(fds) < 0)
                return;
        pid = fork();
        if (pid == 0) {
                (void)close_fd(fds[0]);
                agent_run(fds[1]);
        }
        (void)close_fd(fds[1]);
        /* It closes its end when it is ready, or when it could not be run. */
        if (pid > 0)
                (void)poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, READY_MSEC);
        (void)close_fd(fds[0]);
}
