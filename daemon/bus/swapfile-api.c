/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * org.btrfs.Swapd1.Swapfile: one object per swapfile of the pool, made up when asked for.
 */

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus/api-internal.h"
#include "bus/names.h"

#define OBJECT_PATH_MAX (sizeof(BUS_SWAPFILE_PREFIX) + 16)

static const SwapfileStatus *find_by_name(const Status *status, const char *name) {
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                if (status->swapfiles[i].present && strcmp(status->swapfiles[i].name, name) == 0)
                        return &status->swapfiles[i];
        return NULL;
}

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata,
                void **ret_found, sd_bus_error *ret_error) {
        const Api *api = userdata;
        const SwapfileStatus *swapfile;
        _cleanup_(freep) char *name = NULL;
        int r;

        r = sd_bus_path_decode(path, BUS_SWAPFILE_PREFIX, &name);
        if (r <= 0)
                return r;
        swapfile = find_by_name(api->status, name);
        if (!swapfile)
                return 0;
        *ret_found = (void *)swapfile;
        return 1;
}

/* Names of swapfiles are letters and digits: there is nothing to escape. */
static void object_path(const SwapfileStatus *swapfile, char *buf, size_t size) {
        (void)snprintf(buf, size, BUS_SWAPFILE_PREFIX "/%s", swapfile->name);
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                     sd_bus_error *ret_error) {
        const Api *api = userdata;
        char **nodes;
        unsigned n = 0;

        /* sd-bus frees the list and what is in it, with free(). */
        nodes = calloc(POOL_SLOTS_MAX + 1, sizeof(*nodes));
        if (!nodes)
                return -ENOMEM;
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                char path[OBJECT_PATH_MAX];

                if (!api->status->swapfiles[i].present)
                        continue;
                object_path(&api->status->swapfiles[i], path, sizeof(path));
                nodes[n] = strdup(path);
                if (nodes[n])
                        n++;
        }
        *ret_nodes = nodes;
        return 0;
}

static int get_path(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const SwapfileStatus *swapfile = userdata;
        const Api *api = sd_bus_slot_get_userdata(sd_bus_get_current_slot(bus));
        char full[sizeof(api->status->directory) + sizeof(swapfile->name)];

        (void)snprintf(full, sizeof(full), "%s/%s", api->status->directory, swapfile->name);
        return sd_bus_message_append(reply, "s", full);
}

#define MOVING(name, type, member)                                                                 \
        SD_BUS_PROPERTY(name, type, NULL, offsetof(SwapfileStatus, member), 0)
#define ANNOUNCED(name, type, getter, member)                                                      \
        SD_BUS_PROPERTY(name, type, getter, offsetof(SwapfileStatus, member),                      \
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Name", "s", api_get_text, offsetof(SwapfileStatus, name), SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Path", "s", get_path, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        ANNOUNCED("State", "s", api_get_string, state),
        ANNOUNCED("Kept", "b", NULL, kept),
        ANNOUNCED("SizeBytes", "t", NULL, size_bytes),
        MOVING("UsedBytes", "t", used_bytes),
        ANNOUNCED("Priority", "i", NULL, priority),
        ANNOUNCED("Extents", "u", NULL, extents),
        ANNOUNCED("PinnedChunks", "u", NULL, pinned_chunks),
        ANNOUNCED("PinnedBytes", "t", NULL, pinned_bytes),
        ANNOUNCED("CollateralBytes", "t", NULL, collateral_bytes),
        ANNOUNCED("Message", "s", api_get_text, message),
        SD_BUS_VTABLE_END
};

static const Watched watched[] = {
        WATCHED("State", SwapfileStatus, state),
        WATCHED("Kept", SwapfileStatus, kept),
        WATCHED("SizeBytes", SwapfileStatus, size_bytes),
        WATCHED("Priority", SwapfileStatus, priority),
        WATCHED("Extents", SwapfileStatus, extents),
        WATCHED("PinnedChunks", SwapfileStatus, pinned_chunks),
        WATCHED("PinnedBytes", SwapfileStatus, pinned_bytes),
        WATCHED("CollateralBytes", SwapfileStatus, collateral_bytes),
        WATCHED("Message", SwapfileStatus, message),
};
/* clang-format on */

int swapfile_api_attach(Api *api) {
        int r;

        r = sd_bus_add_fallback_vtable(api->bus, NULL, BUS_SWAPFILE_PREFIX, BUS_SWAPFILE, vtable,
                                       find, api);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(api->bus, NULL, BUS_SWAPFILE_PREFIX, enumerate, api);
}

static void publish_one(Api *api, const SwapfileStatus *before, const SwapfileStatus *after) {
        char *names[ELEMENTSOF(watched) + 1];
        char path[OBJECT_PATH_MAX];

        object_path(after->present ? after : before, path, sizeof(path));
        if (!before->present && after->present)
                (void)sd_bus_emit_interfaces_added(api->bus, path, BUS_SWAPFILE, NULL);
        else if (before->present && !after->present)
                (void)sd_bus_emit_interfaces_removed(api->bus, path, BUS_SWAPFILE, NULL);
        else if (after->present &&
                 watched_changes(watched, ELEMENTSOF(watched), before, after, names) > 0)
                (void)sd_bus_emit_properties_changed_strv(api->bus, path, BUS_SWAPFILE, names);
}

void swapfile_api_publish(Api *api) {
        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++)
                publish_one(api, &api->published.swapfiles[i], &api->status->swapfiles[i]);
}
