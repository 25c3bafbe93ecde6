/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "lease.h"

/* As of env(1), nohup(1) and timeout(1): the command's own codes are hardly ever these. */
#define EXIT_NOT_RUN ((ExitCode)125)
#define EXIT_NOT_EXECUTABLE ((ExitCode)126)
#define EXIT_NOT_FOUND ((ExitCode)127)
#define EXIT_BY_SIGNAL 128

typedef struct Run {
        Client *client;
        sd_event *event;
        Lease *lease;
        char **command;
        sigset_t signals_before; /* what is blocked here is not to be in the command */
        pid_t pid;               /* 0: it does not run yet */
} Run;

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

/* ---- the command ---- */

static int on_ended(sd_event_source *source, const siginfo_t *info, void *userdata) {
        const Run *run = userdata;
        int code = info->si_status;

        if (info->si_code != CLD_EXITED)
                code += EXIT_BY_SIGNAL;
        return sd_event_exit(run->event, code);
}

/*
 * It inherits the lease, as a lock of flock(1): what the command leaves running in the background
 * holds it, and so does the command itself if this program is killed.
 */
static int spawn(Run *run) {
        posix_spawn_file_actions_t actions;
        int fd = run->lease ? lease_get_fd(run->lease) : -1, r;
        posix_spawnattr_t attributes;

        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawnattr_init(&attributes);
        r = posix_spawnattr_setsigmask(&attributes, &run->signals_before);
        if (r == 0)
                r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        if (r == 0 && fd >= 0)
                r = posix_spawn_file_actions_adddup2(&actions, fd, fd);
        if (r == 0)
                r = posix_spawnp(&run->pid, run->command[0], &actions, &attributes, run->command,
                                 environ);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static void run_command(Run *run) {
        ExitCode code;
        int r;

        r = spawn(run);
        if (r >= 0) {
                r = sd_event_add_child(run->event, NULL, run->pid, WEXITED, on_ended, run);
                if (r >= 0)
                        return;
                (void)sd_event_exit(run->event, (int)exit_code_report(NULL, r));
                return;
        }
        run->pid = 0;
        print_error("Cannot run '%s': %s", run->command[0], strerror(-r));
        code = r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
        (void)sd_event_exit(run->event, (int)code);
}

/* ---- the lease ---- */

static void on_held(void *userdata, const LeaseReport *report) {
        Run *run = userdata;

        if (isatty(STDERR_FILENO))
                print_error("Ready: %s", report->message);
        run_command(run);
}

/* Where nobody manages swap there is nothing to be coordinated, and the operation is wanted. */
static void on_refused(void *userdata, ExitCode code) {
        Run *run = userdata;

        if (code != EXIT_NOT_RUNNING) {
                print_error("'%s' is not run", run->command[0]);
                (void)sd_event_exit(run->event, (int)EXIT_NOT_RUN);
                return;
        }
        print_error("Running '%s' without a lease: what swap is on may be in its way",
                    run->command[0]);
        run_command(run);
}

static void on_lost(void *userdata, ExitCode code) {
        const Run *run = userdata;

        print_error("'%s' goes on without it", run->command[0]);
}

/* ---- signals ---- */

/* What a terminal sends, it sends to the command as well. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        const Run *run = userdata;

        if (run->pid == 0)
                return sd_event_exit(run->event, EXIT_BY_SIGNAL + (int)info->ssi_signo);
        if (info->ssi_code != SI_KERNEL)
                (void)kill(run->pid, (int)info->ssi_signo);
        return 0;
}

static int catch_signals(Run *run) {
        sigset_t set;
        int r;

        /* Whoever starts us may have it ignored, and then nobody learns how the command ended. */
        (void)signal(SIGCHLD, SIG_DFL);
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGCHLD);
        for (size_t i = 0; i < ELEMENTSOF(forwarded); i++)
                (void)sigaddset(&set, forwarded[i]);
        if (sigprocmask(SIG_BLOCK, &set, &run->signals_before) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(forwarded); i++) {
                r = sd_event_add_signal(run->event, NULL, forwarded[i], on_signal, run);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- the whole ---- */

/* The words of a balance that choose chunks, for the daemon to judge; owned by the caller. */
static char *balance_filters(char **command) {
        char *filters = NULL, *more;

        for (char **word = command; *word; word++) {
                if ((*word)[0] != '-' || !(*word)[1] || !strchr("dms", (*word)[1]))
                        continue;
                if (asprintf(&more, "%s%s%s", filters ?: "", filters ? " " : "", *word) < 0)
                        more = NULL;
                free(filters);
                filters = more;
        }
        return filters;
}

static ExitCode run_all(Run *run, const LeaseWish *wish) {
        static const LeaseHandlers handlers = { on_held, on_refused, on_lost };
        ExitCode code;
        int r;

        r = catch_signals(run);
        if (r < 0)
                return exit_code_report(NULL, r);
        code = lease_new(run->client, run->event, wish, &handlers, run, &run->lease);
        if (code != EXIT_DONE)
                on_refused(run, code);
        r = sd_event_loop(run->event);
        run->lease = lease_free(run->lease);
        return r < 0 ? exit_code_report(NULL, r) : (ExitCode)r;
}

ExitCode verb_run(Client *client, int argc, char **argv) {
        _cleanup_(freep) char *filters = NULL;
        Run run = { .client = client, .command = argv + 1 };
        LeaseWish wish = { .operation = argv[0] };
        ExitCode code;
        int r;

        if (strcmp(wish.operation, "balance") == 0)
                wish.filters = filters = balance_filters(run.command);
        agent_start();
        r = sd_event_new(&run.event);
        if (r < 0)
                return exit_code_report(NULL, r);
        code = run_all(&run, &wish);
        sd_event_unref(run.event);
        return code;
}
