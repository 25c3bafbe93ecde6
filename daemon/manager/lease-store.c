/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/lease-store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"

/* Another daemon may read it after an upgrade: what it does not know it does not take. */
#define RECORD_MAGIC UINT64_C(0x3173656c64707773)

#define NAME_FORMAT "lease-%" PRIu64
#define NAME_MAX_LENGTH 32

typedef struct LeaseRecord {
        uint64_t magic;
        uint64_t size;
        uint64_t id;
        uint64_t since_realtime_usec;
        Operation operation;
        bool elsewhere;
        LeaseTerms terms;
        ApiClient client;
        char details[LEASE_DETAILS_MAX];
} LeaseRecord;

/* ---- keeping ---- */

static int record_write(const Lease *lease, int *ret_fd) {
        _cleanup_(close_fdp) int fd = -1;
        LeaseRecord record;

        /* All of it, the gaps too: it leaves the process. */
        memset(&record, 0, sizeof(record));
        record.magic = RECORD_MAGIC;
        record.size = sizeof(record);
        record.id = lease->id;
        record.since_realtime_usec = lease->since_realtime_usec;
        record.operation = lease->operation;
        record.elsewhere = lease->elsewhere;
        record.terms = lease->terms;
        record.client = lease->client;
        memcpy(record.details, lease->details, sizeof(record.details));

        fd = memfd_create("lease", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (pwrite(fd, &record, sizeof(record), 0) != sizeof(record))
                return -EIO;
        *ret_fd = STEAL_FD(fd);
        return 0;
}

void lease_store_put(const Lease *lease) {
        _cleanup_(close_fdp) int record_fd = -1;
        char text[sizeof("FDSTORE=1\nFDNAME=") + NAME_MAX_LENGTH];
        int r;

        (void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=" NAME_FORMAT, lease->id);
        r = record_write(lease, &record_fd);
        if (r >= 0)
                r = sd_pid_notify_with_fds(0, /* unset_environment= */ false, text,
                                           (int[]){ lease->fd, record_fd }, 2);
        if (r < 0)
                (void)log_debug_errno(r, "Cannot have the lease kept over a restart, ignoring");
}

static void store_remove(const char *name) {
        (void)sd_notifyf(/* unset_environment= */ false, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void lease_store_remove(const Lease *lease) {
        char name[NAME_MAX_LENGTH];

        (void)snprintf(name, sizeof(name), NAME_FORMAT, lease->id);
        store_remove(name);
}

/* ---- taking up again ---- */

static bool record_read(int fd, Lease *ret) {
        LeaseRecord record;

        if (pread(fd, &record, sizeof(record), 0) != sizeof(record) ||
            record.magic != RECORD_MAGIC || record.size != sizeof(record) ||
            record.operation >= _OPERATION_MAX)
                return false;
        *ret = (Lease){
                .state = LEASE_HELD,
                .id = record.id,
                .operation = record.operation,
                .terms = record.terms,
                .client = record.client,
                .since_realtime_usec = record.since_realtime_usec,
                .elsewhere = record.elsewhere,
                .fd = -1,
        };
        memcpy(ret->details, record.details, sizeof(ret->details));
        ret->client.name[sizeof(ret->client.name) - 1] = '\0';
        ret->details[sizeof(ret->details) - 1] = '\0';
        return true;
}

static bool is_socket(int fd) {
        struct stat st;

        return fstat(fd, &st) >= 0 && S_ISSOCK(st.st_mode);
}

/* The socket of that name; -1 if the client has gone meanwhile. It is taken out of the list. */
static int take_socket(int n, char *const *names, int *fds, const char *name) {
        for (int i = 0; i < n; i++)
                if (fds[i] >= 0 && strcmp(names[i], name) == 0 && is_socket(fds[i]))
                        return STEAL_FD(fds[i]);
        return -1;
}

static void restore_one(int n, char *const *names, int *fds, int i,
                        void (*restore)(void *userdata, const Lease *lease, int fd),
                        void *userdata) {
        Lease lease;
        int fd;

        if (fds[i] < 0 || is_socket(fds[i]))
                return;
        fd = take_socket(n, names, fds, names[i]);
        if (fd >= 0 && record_read(fds[i], &lease)) {
                restore(userdata, &lease, fd);
                return;
        }
        /* Its client has gone; or hears of it, when the last copy of the socket is closed. */
        (void)close_fd(fd);
        store_remove(names[i]);
}

static char **names_free(char **names) {
        for (char **name = names; name && *name; name++)
                free(*name);
        free(names);
        return NULL;
}

DEFINE_CLEANUP(char **, names_free)

void lease_store_restore(void (*restore)(void *userdata, const Lease *lease, int fd),
                         void *userdata) {
        _cleanup_(names_freep) char **names = NULL;
        int fds[2 * LEASES_MAX], n;

        n = sd_listen_fds_with_names(/* unset_environment= */ true, &names);
        if (n > (int)ELEMENTSOF(fds))
                n = ELEMENTSOF(fds);
        for (int i = 0; i < n; i++)
                fds[i] = SD_LISTEN_FDS_START + i;
        for (int i = 0; i < n; i++)
                restore_one(n, names, fds, i, restore, userdata);
        for (int i = 0; i < n; i++)
                (void)close_fd(fds[i]);
}
