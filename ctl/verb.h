/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Verbs
 *
 * Each is one function in a file of its own; the table of them is in main.c. `argv` holds only the
 * verb's own arguments, as many as the table allows.
 */

#include "client.h"

ExitCode verb_status(Client *client, int argc, char **argv);
ExitCode verb_list(Client *client, int argc, char **argv);
ExitCode verb_add(Client *client, int argc, char **argv);
ExitCode verb_remove(Client *client, int argc, char **argv);
ExitCode verb_doctor(Client *client, int argc, char **argv);
ExitCode verb_drain(Client *client, int argc, char **argv);
ExitCode verb_reserve(Client *client, int argc, char **argv);
ExitCode verb_map(Client *client, int argc, char **argv);
ExitCode verb_prepare(Client *client, int argc, char **argv);
ExitCode verb_run(Client *client, int argc, char **argv);
ExitCode verb_why(Client *client, int argc, char **argv);
ExitCode verb_monitor(Client *client, int argc, char **argv);
ExitCode verb_reload(Client *client, int argc, char **argv);
ExitCode verb_relocation(Client *client, int argc, char **argv);
ExitCode verb_config(Client *client, int argc, char **argv);
ExitCode verb_scrub(Client *client, int argc, char **argv);
ExitCode verb_balance(Client *client, int argc, char **argv);
ExitCode verb_check(Client *client, int argc, char **argv);
ExitCode verb_check_config(Client *client, int argc, char **argv);
ExitCode verb_version(Client *client, int argc, char **argv);
