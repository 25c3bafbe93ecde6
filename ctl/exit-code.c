/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-code.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus/names.h"
#include "print.h"

typedef struct Meaning {
        const char *name; /* a name that ends in '.' stands for all that begin with it */
        ExitCode code;
} Meaning;

/* clang-format off */
static const Meaning errors[] = {
        { BUS_ERROR_NOT_ALLOWED,                     EXIT_NOT_ALLOWED },
        { BUS_ERROR_INVALID,                         EXIT_USAGE       },
        { BUS_ERROR_NO_SUCH_SWAPFILE,                EXIT_REFUSED     },
        { BUS_ERROR_BUSY,                            EXIT_BUSY        },
        { BUS_ERROR_NO_MEMORY,                       EXIT_NO_MEMORY   },
        { BUS_ERROR_AT_LIMIT,                        EXIT_REFUSED     },
        { BUS_ERROR_REFUSED,                         EXIT_REFUSED     },
        { BUS_ERROR_FAILED,                          EXIT_SYSTEM      },
        /* Nobody owns the name, or could be made to, or its owner went away or is stuck. */
        { SD_BUS_ERROR_SERVICE_UNKNOWN,              EXIT_NOT_RUNNING },
        { SD_BUS_ERROR_NAME_HAS_NO_OWNER,            EXIT_NOT_RUNNING },
        { SD_BUS_ERROR_NO_REPLY,                     EXIT_NOT_RUNNING },
        { SD_BUS_ERROR_TIMEOUT,                      EXIT_NOT_RUNNING },
        { SD_BUS_ERROR_DISCONNECTED,                 EXIT_NOT_RUNNING },
        { "org.freedesktop.DBus.Error.TimedOut",     EXIT_NOT_RUNNING },
        { "org.freedesktop.DBus.Error.Spawn.",       EXIT_NOT_RUNNING },
        { "org.freedesktop.systemd1.",               EXIT_NOT_RUNNING },
};

static const Meaning results[] = {
        { BUS_RESULT_DONE,                           EXIT_DONE        },
        { BUS_RESULT_CANCELLED,                      EXIT_REFUSED     },
        { BUS_RESULT_TIMEOUT,                        EXIT_REFUSED     },
        { BUS_RESULT_NO_MEMORY,                      EXIT_NO_MEMORY   },
        { BUS_RESULT_REFUSED,                        EXIT_KERNEL      },
        { BUS_RESULT_FAILED,                         EXIT_SYSTEM      },
};
/* clang-format on */

static bool meaning_fits(const Meaning *meaning, const char *name) {
        size_t length = strlen(meaning->name);

        if (meaning->name[length - 1] == '.')
                return strncmp(meaning->name, name, length) == 0;
        return strcmp(meaning->name, name) == 0;
}

static ExitCode meaning_find(const Meaning *meanings, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (meaning_fits(&meanings[i], name))
                        return meanings[i].code;
        return EXIT_SYSTEM;
}

ExitCode exit_code_from_result(const char *result) {
        return meaning_find(results, ELEMENTSOF(results), result);
}

static ExitCode code_from_errno(int r) {
        switch (-r) {
        case ECONNRESET:
        case ECONNREFUSED:
        case ENOTCONN:
        case ENOENT:
        case EPIPE:
        case ETIMEDOUT:
                return EXIT_NOT_RUNNING;
        case EPERM:
        case EACCES:
                return EXIT_NOT_ALLOWED;
        default:
                return EXIT_SYSTEM;
        }
}

ExitCode exit_code_report(const sd_bus_error *error, int r) {
        bool answered = error && error->name;
        const char *message = strerror(-r);
        ExitCode code = code_from_errno(r);

        if (answered) {
                message = error->message ? error->message : error->name;
                code = meaning_find(errors, ELEMENTSOF(errors), error->name);
        }

        if (code == EXIT_NOT_RUNNING)
                print_error("Cannot reach btrfs-swapd (%s). Is it running? Look with "
                            "'systemctl status btrfs-swapd'",
                            message);
        else if (answered)
                print_error("%s", message);
        else
                print_error("Cannot talk to btrfs-swapd: %s", message);
        return code;
}
