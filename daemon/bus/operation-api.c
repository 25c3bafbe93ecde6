/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What goes on with the filesystem besides the pool, as properties of the Manager.
 */

#include "bus/api-internal.h"
#include "bus/names.h"

static int get_progress(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const StatusOperation *o = userdata;

        return sd_bus_message_append(reply, "(ttts)", o->since_realtime_usec, o->done, o->total,
                                     o->meaning ?: "");
}

static int get_scrub(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const StatusScrub *s = userdata;

        return sd_bus_message_append(reply, "(bttt)", s->running, s->since_realtime_usec,
                                     s->done_bytes, s->total_bytes);
}

static int get_relocation(sd_bus *bus, const char *path, const char *interface,
                          const char *property, sd_bus_message *reply, void *userdata,
                          sd_bus_error *ret_error) {
        const StatusRelocation *r = userdata;

        return sd_bus_message_append(reply, "(ss)", r->state ?: "none", r->filters);
}

static int get_upkeep(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const StatusUpkeep *u = userdata;

        return sd_bus_message_append(reply, "(tssttt)", u->job, u->operation ?: "", u->phase ?: "",
                                     u->done, u->total, u->since_realtime_usec);
}

static int get_leases(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const StatusLease *leases = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssuts)");
        if (r < 0)
                return r;
        for (unsigned i = 0; i < STATUS_LEASES_MAX && leases[i].operation; i++) {
                const StatusLease *l = &leases[i];

                r = sd_bus_message_append(reply, "(ssuts)", l->operation, l->client, l->pid,
                                          l->since_realtime_usec, l->details);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(reply);
}

/* clang-format off */
#define ANNOUNCED(name, type, getter, member) \
        SD_BUS_PROPERTY(name, type, getter, offsetof(Status, member), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        ANNOUNCED("Operation", "s", api_get_string, operation.name),
        SD_BUS_PROPERTY("OperationProgress", "(ttts)", get_progress, offsetof(Status, operation), 0),
        SD_BUS_PROPERTY("Scrub", "(bttt)", get_scrub, offsetof(Status, scrub), 0),
        ANNOUNCED("Relocation", "(ss)", get_relocation, relocation),
        ANNOUNCED("Upkeep", "(tssttt)", get_upkeep, upkeep),
        ANNOUNCED("Leases", "a(ssuts)", get_leases, leases),
        SD_BUS_VTABLE_END
};

static const Watched watched[] = {
        WATCHED("Operation", Status, operation.name),
        WATCHED("Relocation", Status, relocation),
        WATCHED("Upkeep", Status, upkeep),
        WATCHED("Leases", Status, leases),
};
/* clang-format on */

int operation_api_attach(Api *api) {
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, vtable,
                                        (void *)api->status);
}

void operation_api_publish(Api *api) {
        char *names[ELEMENTSOF(watched) + 1];

        if (watched_changes(watched, ELEMENTSOF(watched), &api->published, api->status, names) > 0)
                (void)sd_bus_emit_properties_changed_strv(api->bus, BUS_PATH, BUS_MANAGER, names);
}
