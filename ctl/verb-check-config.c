/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The daemon itself checks its configuration: no second reader that could disagree, and no running
 * daemon needed.
 */

#include "verb.h"

#include <limits.h>
#include <string.h>

#include "build-config.h"

static void try_exec(const char *path, const char *file) {
        char *const args[] = { (char *)"btrfs-swapd", (char *)"--check-config", (char *)file,
                               NULL };

        (void)execv(path, args);
}

/* `relative` starts at the directory of this program. */
static void try_exec_beside(const char *relative, const char *file) {
        char path[PATH_MAX];
        ssize_t length;
        char *slash;

        length = readlink("/proc/self/exe", path, sizeof(path) - 1);
        if (length < 0)
                return;
        path[length] = '\0';

        slash = strrchr(path, '/');
        if (!slash || (size_t)(slash + 1 - path) + strlen(relative) >= sizeof(path))
                return;
        (void)strcpy(slash + 1, relative);
        try_exec(path, file);
}

ExitCode verb_check_config(Client *client, int argc, char **argv) {
        const char *file = argc > 0 ? argv[0] : NULL;

        /* A build tree has its own daemon, which has to win over one that is installed. */
        try_exec_beside("../daemon/btrfs-swapd", file);
        try_exec(SWAPD_PATH, file);
        try_exec_beside("btrfs-swapd", file);

        print_error("Cannot run '" SWAPD_PATH "': %s. Is btrfs-swapd installed?", strerror(errno));
        return EXIT_SYSTEM;
}
