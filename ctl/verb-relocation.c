/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent.h"
#include "json.h"

/* As of env(1), nohup(1) and timeout(1). */
#define EXIT_NOT_EXECUTABLE ((ExitCode)126)
#define EXIT_NOT_FOUND ((ExitCode)127)
#define EXIT_BY_SIGNAL 128

typedef struct Hold {
        sd_event *event;
        sd_bus_message *reply; /* owns the descriptor */
        int fd;
        char **command; /* NULL-terminated; empty: until interrupted */
        pid_t pid;
        sigset_t signals_before;
} Hold;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* ---- status ---- */

static ExitCode relocation_status(Client *client) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        char text[ACTIVITY_TEXT_MAX];
        struct json_object *json;
        ExitCode code;

        code = client_fetch_pool(client, &pool);
        if (code != EXIT_DONE)
                return code;
        if (client->json) {
                json = json_new();
                for (size_t i = 0; i < pool_properties.n; i++)
                        if (strcmp(pool_properties.rows[i].name, "Relocation") == 0 ||
                            strncmp(pool_properties.rows[i].name, "Operation", 9) == 0)
                                property_add_json(&pool_properties.rows[i], pool, json);
                return client_print_json(client, json);
        }
        if (relocation_write(text, sizeof(text), &pool->relocation))
                print_line("In the daemon's hands: %s", text);
        if (operation_write(text, sizeof(text), pool->operation, &pool->progress))
                print_line("On the filesystem: %s", text);
        else if (strcmp(pool->relocation.state, "none") == 0)
                print_line("No balance runs");
        return EXIT_DONE;
}

/* ---- holding ---- */

static int on_let_go(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Hold *hold = userdata;

        print_error("The balance is not held any more: somebody resumed it, or btrfs-swapd was "
                    "stopped");
        if (hold->pid > 0)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return sd_event_exit(hold->event, EXIT_REFUSED);
}

/* What a terminal sends, it sends to the command as well. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        const Hold *hold = userdata;

        if (hold->pid == 0)
                return sd_event_exit(hold->event, EXIT_DONE);
        if (info->ssi_code != SI_KERNEL)
                (void)kill(hold->pid, (int)info->ssi_signo);
        return 0;
}

static int on_ended(sd_event_source *source, const siginfo_t *info, void *userdata) {
        const Hold *hold = userdata;
        int code = info->si_status;

        if (info->si_code != CLD_EXITED)
                code += EXIT_BY_SIGNAL;
        return sd_event_exit(hold->event, code);
}

static int hold_block_signals(Hold *hold) {
        sigset_t set;

        /* As in verb-run.c. */
        (void)signal(SIGCHLD, SIG_DFL);
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGCHLD);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void)sigaddset(&set, signals[i]);
        return sigprocmask(SIG_BLOCK, &set, &hold->signals_before) < 0 ? -errno : 0;
}

static int hold_watch(Hold *hold) {
        int r;

        r = hold_block_signals(hold);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = sd_event_add_signal(hold->event, NULL, signals[i], on_signal, hold);
                if (r < 0)
                        return r;
        }
        /* EPOLLHUP is told in any case. */
        return sd_event_add_io(hold->event, NULL, hold->fd, 0, on_let_go, hold);
}

/* It inherits the descriptor: the balance stands still for as long as the command lives. */
static int hold_spawn(Hold *hold) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        int r;

        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawnattr_init(&attributes);
        r = posix_spawnattr_setsigmask(&attributes, &hold->signals_before);
        if (r == 0)
                r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, hold->fd, hold->fd);
        if (r == 0)
                r = posix_spawnp(&hold->pid, hold->command[0], &actions, &attributes, hold->command,
                                 environ);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static ExitCode hold_run_command(Hold *hold) {
        int r;

        r = hold_spawn(hold);
        if (r < 0) {
                print_error("Cannot run '%s': %s", hold->command[0], strerror(-r));
                return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
        }
        r = sd_event_add_child(hold->event, NULL, hold->pid, WEXITED, on_ended, hold);
        return r < 0 ? exit_code_report(NULL, r) : EXIT_DONE;
}

static ExitCode hold_wait(Hold *hold) {
        ExitCode code;
        int r;

        r = sd_event_new(&hold->event);
        if (r >= 0)
                r = hold_watch(hold);
        if (r < 0)
                return exit_code_report(NULL, r);
        if (*hold->command) {
                code = hold_run_command(hold);
                if (code != EXIT_DONE)
                        return code;
        } else {
                print_line("The balance stands still until this is interrupted");
                (void)fflush(stdout);
        }
        r = sd_event_loop(hold->event);
        return r < 0 ? exit_code_report(NULL, r) : (ExitCode)r;
}

/* The balance stops within the chunk that it is at, which may take a while. */
static ExitCode relocation_pause(Client *client, char **command) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Hold hold = { .command = command };
        ExitCode code;
        int r;

        agent_start();
        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;
        r = client_new_call(client, "PauseRelocation", &call);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, UINT64_MAX, &error, &reply);
        if (r < 0)
                return exit_code_report(&error, r);
        r = sd_bus_message_read(reply, "h", &hold.fd);
        if (r < 0)
                return client_report_answer(r);
        code = hold_wait(&hold);
        hold.event = sd_event_unref(hold.event);
        return code;
}

/* ---- resuming ---- */

static ExitCode relocation_resume(Client *client) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ExitCode code;

        agent_start();
        code = client_call(client, "ResumeRelocation", &reply);
        if (code == EXIT_DONE)
                print_line("The balance goes on under btrfs-swapd; 'swapctl relocation status' "
                           "shows how far it is");
        return code;
}

ExitCode verb_relocation(Client *client, int argc, char **argv) {
        const char *what = argc > 0 ? argv[0] : "status";
        bool pause = strcmp(what, "pause") == 0;

        if (argc > 1 && !pause) {
                print_error("'%s' is one argument too many for 'relocation %s'", argv[1], what);
                return EXIT_USAGE;
        }
        if (client->json && strcmp(what, "status") != 0) {
                print_error("'relocation %s' does not take --json", what);
                return EXIT_USAGE;
        }
        if (pause)
                return relocation_pause(client, argv + 1);
        if (strcmp(what, "resume") == 0)
                return relocation_resume(client);
        if (strcmp(what, "status") == 0)
                return relocation_status(client);
        print_error("'relocation' needs pause, resume or status, and not '%s'", what);
        return EXIT_USAGE;
}
