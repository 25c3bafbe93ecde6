/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * org.btrfs.Swapd1.Manager: decodes, calls a handler, encodes. conf/org.btrfs.Swapd1.xml is the
 * manual.
 */

#include <stddef.h>

#include "build-config.h"
#include "base/cleanup.h"
#include "bus/api-internal.h"
#include "bus/names.h"

/* ---- methods ---- */

static int on_add(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        uint64_t size_bytes;
        Answer answer;
        int r;

        r = sd_bus_message_read(m, "t", &size_bytes);
        if (r < 0)
                return r;
        answer = api->handlers->add(api->userdata, size_bytes);
        return api_reply_job(m, &answer, ret_error);
}

static int on_remove(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        const char *name;
        Answer answer;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        answer = api->handlers->remove(api->userdata, name);
        return api_reply_job(m, &answer, ret_error);
}

static int on_drain(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        Answer answer;

        answer = api->handlers->drain(api->userdata);
        return api_reply_job(m, &answer, ret_error);
}

static int on_reserve(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        Answer answer;

        answer = api->handlers->reserve(api->userdata);
        return api_reply_job(m, &answer, ret_error);
}

static int on_cancel(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Api *api = userdata;
        Answer answer;
        uint64_t job;
        int r;

        r = sd_bus_message_read(m, "t", &job);
        if (r < 0)
                return r;
        answer = api->handlers->cancel(api->userdata, job);
        r = answer_to_error(&answer, ret_error);
        if (r < 0)
                return r;
        return sd_bus_reply_method_return(m, NULL);
}

static int append_warning(void *to, const char *text) {
        return sd_bus_message_append(to, "s", text);
}

static int on_reload(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Api *api = userdata;
        Answer answer;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(reply, 'a', "s");
        if (r < 0)
                return r;
        answer = api->handlers->reload(api->userdata, append_warning, reply);
        r = answer_to_error(&answer, ret_error);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

static int append_entry(sd_bus_message *reply, const HistoryEntry *e) {
        const Decision *d = &e->decision;
        char name[8] = "";

        if (d->slot != SLOT_NONE)
                (void)snprintf(name, sizeof(name), "swap%u", d->slot % POOL_SLOTS_MAX);

        return sd_bus_message_append(
                reply, "(ttssssa{st})", e->at_realtime_usec, e->repeated,
                action_to_string(d->action), reason_to_string(d->reason),
                reason_to_sentence(d->reason), name, 12, "headroom_bytes", d->headroom_bytes,
                "wanted_bytes", d->wanted_bytes, "fill_bytes_per_second", d->fill_bytes_per_sec,
                "memory_available_bytes", e->memory.available_bytes, "swap_free_bytes",
                e->memory.swap_free_bytes, "zswapped_bytes", e->memory.zswapped_bytes, "pool_bytes",
                e->pool_bytes, "collateral_bytes", e->collateral_bytes, "filesystem_free_bytes",
                e->filesystem_free_bytes, "some_avg10_permyriad",
                (uint64_t)e->pressure.some_avg10_permyriad, "full_avg10_permyriad",
                (uint64_t)e->pressure.full_avg10_permyriad, "bytes", d->bytes);
}

static int on_why(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Api *api = userdata;
        const HistoryEntry *e;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(reply, 'a', "(ttssssa{st})");
        if (r < 0)
                return r;
        for (unsigned i = 0; (e = history_get(api->history, i)) != NULL; i++) {
                r = append_entry(reply, e);
                if (r < 0)
                        return r;
        }
        r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

static int on_get_configuration(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Api *api = userdata;
        ConfigLine line;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(reply, 'a', "(ssss)");
        if (r < 0)
                return r;
        for (unsigned i = 0; api->handlers->get_config(api->userdata, i, &line); i++) {
                r = sd_bus_message_append(reply, "(ssss)", line.section, line.key, line.value,
                                          line.source);
                if (r < 0)
                        return r;
        }
        r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

/* ---- properties ---- */

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        return sd_bus_message_append(reply, "s", PROJECT_VERSION);
}

static int get_decision(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const StatusDecision *d = userdata;

        return sd_bus_message_append(reply, "(ssst)", d->action ?: "none", d->reason ?: "",
                                     d->sentence ?: "", d->at_realtime_usec);
}

static int get_job(sd_bus *bus, const char *path, const char *interface, const char *property,
                   sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const StatusJob *job = userdata;

        return sd_bus_message_append(reply, "(tsst)", job->id, job->kind ?: "none", job->name ?: "",
                                     job->at_realtime_usec);
}

/* Figures that move all the time are not announced: who wants them reads them. */
#define MOVING(name, type, member) SD_BUS_PROPERTY(name, type, NULL, offsetof(Status, member), 0)
#define ANNOUNCED(name, type, getter, member)                                                      \
        SD_BUS_PROPERTY(name, type, getter, offsetof(Status, member),                              \
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
/* Open to all for sd-bus: the access check is ours (bus/authority.h), and names the remedy. */
#define OPEN SD_BUS_VTABLE_UNPRIVILEGED

/* clang-format off */
static const sd_bus_vtable status_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        ANNOUNCED("State", "s", api_get_string, state),
        ANNOUNCED("Message", "s", api_get_text, message),
        SD_BUS_PROPERTY("Directory", "s", api_get_text, offsetof(Status, directory), 0),
        ANNOUNCED("Filesystem", "s", api_get_text, filesystem),
        ANNOUNCED("SizeBytes", "t", NULL, size_bytes),
        MOVING("UsedBytes", "t", used_bytes),
        ANNOUNCED("MinimumBytes", "t", NULL, minimum_bytes),
        ANNOUNCED("MaximumBytes", "t", NULL, maximum_bytes),
        ANNOUNCED("SpareBytes", "t", NULL, spare_bytes),
        MOVING("HeadroomBytes", "t", headroom_bytes),
        MOVING("WantedHeadroomBytes", "t", wanted_headroom_bytes),
        MOVING("FillBytesPerSecond", "t", fill_bytes_per_sec),
        ANNOUNCED("PinnedChunks", "u", NULL, pinned_chunks),
        ANNOUNCED("PinnedBytes", "t", NULL, pinned_bytes),
        ANNOUNCED("CollateralBytes", "t", NULL, collateral_bytes),
        MOVING("FilesystemSizeBytes", "t", filesystem_size_bytes),
        MOVING("FilesystemFreeBytes", "t", filesystem_free_bytes),
        MOVING("KeepFreeBytes", "t", keep_free_bytes),
        MOVING("MemoryTotalBytes", "t", memory.total_bytes),
        MOVING("MemoryAvailableBytes", "t", memory.available_bytes),
        MOVING("SwapTotalBytes", "t", memory.swap_total_bytes),
        MOVING("SwapFreeBytes", "t", memory.swap_free_bytes),
        MOVING("ZswappedBytes", "t", memory.zswapped_bytes),
        MOVING("ZswapBytes", "t", memory.zswap_bytes),
        MOVING("PressureSomeAvg10", "u", pressure_some_permyriad),
        MOVING("PressureFullAvg10", "u", pressure_full_permyriad),
        ANNOUNCED("PressureSource", "s", api_get_string, pressure_source),
        ANNOUNCED("Decision", "(ssst)", get_decision, decision),
        ANNOUNCED("Job", "(tsst)", get_job, job),
        SD_BUS_VTABLE_END
};

static const sd_bus_vtable method_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Add", SD_BUS_ARGS("t", size_bytes), SD_BUS_RESULT("t", job), on_add, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("s", name), SD_BUS_RESULT("t", job), on_remove, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Drain", SD_BUS_NO_ARGS, SD_BUS_RESULT("t", job), on_drain, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Reserve", SD_BUS_NO_ARGS, SD_BUS_RESULT("t", job), on_reserve, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Cancel", SD_BUS_ARGS("t", job), SD_BUS_NO_RESULT, on_cancel, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_RESULT("as", warnings), on_reload, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Why", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(ttssssa{st})", decisions), on_why, OPEN),
        SD_BUS_METHOD_WITH_ARGS("GetConfiguration", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(ssss)", options), on_get_configuration, OPEN),
        SD_BUS_SIGNAL_WITH_ARGS("JobFinished", SD_BUS_ARGS("t", job, "s", result, "s", message), 0),
        SD_BUS_VTABLE_END
};
/* clang-format on */

/* clang-format off */
static const Watched watched[] = {
        WATCHED("State", Status, state),
        WATCHED("Message", Status, message),
        WATCHED("Filesystem", Status, filesystem),
        WATCHED("SizeBytes", Status, size_bytes),
        WATCHED("MinimumBytes", Status, minimum_bytes),
        WATCHED("MaximumBytes", Status, maximum_bytes),
        WATCHED("SpareBytes", Status, spare_bytes),
        WATCHED("PinnedChunks", Status, pinned_chunks),
        WATCHED("PinnedBytes", Status, pinned_bytes),
        WATCHED("CollateralBytes", Status, collateral_bytes),
        WATCHED("PressureSource", Status, pressure_source),
        WATCHED("Decision", Status, decision),
        WATCHED("Job", Status, job),
};
/* clang-format on */

int manager_api_attach(Api *api) {
        int r;

        r = sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, status_vtable,
                                     (void *)api->status);
        if (r < 0)
                return r;
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, method_vtable, api);
}

void manager_api_publish(Api *api) {
        char *names[ELEMENTSOF(watched) + 1];

        if (watched_changes(watched, ELEMENTSOF(watched), &api->published, api->status, names) > 0)
                (void)sd_bus_emit_properties_changed_strv(api->bus, BUS_PATH, BUS_MANAGER, names);
}
