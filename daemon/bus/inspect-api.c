/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Check, Map and Diagnose. Open to all: of what only some may read, the caller brings an open
 * descriptor, and the doctor names no file but swap areas, which are public. The answer comes when
 * the child that looks has ended.
 */

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bus/api-internal.h"
#include "bus/names.h"
#include "doctor/judge.h"
#include "policy/findings.h"
#include "pool/inspect.h"

static int append_findings(sd_bus_message *reply, const CheckReport *report) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sttsssb)");
        if (r < 0)
                return r;
        for (uint32_t i = 0; i < report->n_findings && i < FINDINGS_MAX; i++) {
                const Finding *f = &report->findings[i];

                r = sd_bus_message_append(reply, "(sttsssb)", check_rule_to_string(f->rule),
                                          f->offset_bytes, f->length_bytes, f->detail,
                                          check_rule_to_sentence(f->rule),
                                          check_rule_to_remedy(f->rule), (int)f->passes);
                if (r < 0)
                        return r;
        }
        return sd_bus_message_close_container(reply);
}

static int append_facts(sd_bus_message *reply, const CheckReport *report) {
        return sd_bus_message_append(
                reply, "a{st}", 11, "size_bytes", report->size_bytes, "swap_bytes",
                report->swap_bytes, "extents", report->extents, "largest_bytes",
                report->largest_bytes, "smallest_bytes", report->smallest_bytes, "device_id",
                report->device_id, "chunks", report->chunks, "pinned_bytes", report->pinned_bytes,
                "collateral_bytes", report->collateral_bytes, "findings_left_off",
                (uint64_t)report->left_off, "active", (uint64_t)report->active);
}

static int reply_check(sd_bus_message *m, int report_fd) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        CheckReport report;
        int r;

        if (read(report_fd, &report, sizeof(report)) != sizeof(report))
                return -EIO;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = append_findings(reply, &report);
        if (r < 0)
                return r;
        r = append_facts(reply, &report);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

/* Too large for the stack of a loop that never ends; read one by one into the same place. */
static int append_diagnoses(sd_bus_message *reply, int report_fd) {
        _cleanup_(freep) Diagnosis *d = NULL;
        ssize_t n;
        int r;

        d = malloc(sizeof(*d));
        if (!d)
                return -ENOMEM;
        while ((n = read(report_fd, d, sizeof(*d))) == sizeof(*d)) {
                r = sd_bus_message_append(reply, "(sssss)", doctor_rule_to_string(d->rule),
                                          d->subject, d->found, doctor_rule_to_sentence(d->rule),
                                          d->remedy);
                if (r < 0)
                        return r;
        }
        return n == 0 ? 0 : -EIO;
}

static int reply_diagnose(sd_bus_message *m, int report_fd) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(reply, 'a', "(sssss)");
        if (r < 0)
                return r;
        r = append_diagnoses(reply, report_fd);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;
        return sd_bus_message_send(reply);
}

static const char *explain(int error) {
        switch (error) {
        case -ENOTTY:
                return "it is not on btrfs";
        case -ETIMEDOUT:
                return "it took too long to read; try again when the disk is less busy";
        default:
                return strerrordesc_np(-error);
        }
}

static void reply_error(sd_bus_message *m, int error) {
        (void)sd_bus_reply_method_errorf(m, BUS_ERROR_REFUSED, "Cannot judge it: %s",
                                         explain(error));
}

/* ---- how many ---- */

static sd_bus_message *inspection_take(Inspection *inspection) {
        sd_bus_message *m = inspection->message;

        *inspection = (Inspection){ 0 };
        return m;
}

/* Those under way; of all users but root with UINT32_MAX. */
static unsigned inspections_count(const Api *api, uint32_t uid) {
        unsigned n = 0;

        for (unsigned i = 0; i < INSPECTS_MAX; i++) {
                const Inspection *inspection = &api->inspections[i];

                n += inspection->message &&
                     (uid == UINT32_MAX ? inspection->uid != 0 : inspection->uid == uid);
        }
        return n;
}

/* NULL: there are too many. */
static Inspection *inspection_add(Api *api, sd_bus_message *m) {
        uint32_t uid = authority_get_uid(api->authority, m);

        if (uid != 0 && (inspections_count(api, uid) >= INSPECTS_USER_MAX ||
                         inspections_count(api, UINT32_MAX) >= INSPECTS_OTHERS_MAX))
                return NULL;
        for (unsigned i = 0; i < INSPECTS_MAX; i++) {
                if (api->inspections[i].message)
                        continue;
                api->inspections[i] = (Inspection){ sd_bus_message_ref(m), uid };
                return &api->inspections[i];
        }
        return NULL;
}

/* ---- answers ---- */

static void on_checked(void *userdata, int report_fd, int error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = inspection_take(userdata);
        int r = error;

        if (r >= 0)
                r = reply_check(m, report_fd);
        if (r < 0)
                reply_error(m, r);
}

static void on_mapped(void *userdata, int report_fd, int error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = inspection_take(userdata);
        int r = error;

        if (r >= 0)
                r = sd_bus_reply_method_return(m, "h", report_fd);
        if (r < 0)
                reply_error(m, r);
}

static void on_diagnosed(void *userdata, int report_fd, int error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = inspection_take(userdata);
        int r = error;

        if (r >= 0)
                r = reply_diagnose(m, report_fd);
        if (r == -ETIMEDOUT)
                (void)sd_bus_reply_method_errorf(m, BUS_ERROR_REFUSED,
                                                 "Cannot look at the machine: a filesystem does "
                                                 "not answer, or not in time; the log of the "
                                                 "kernel may tell which");
        else if (r < 0)
                (void)sd_bus_reply_method_errorf(m, BUS_ERROR_REFUSED,
                                                 "Cannot look at the machine: %s",
                                                 strerrordesc_np(-r));
}

static int refuse_busy(sd_bus_error *ret_error) {
        return sd_bus_error_setf(ret_error, BUS_ERROR_BUSY,
                                 "%d files or filesystems are being looked at already, or %d for "
                                 "you; try again in a moment",
                                 INSPECTS_MAX, INSPECTS_USER_MAX);
}

/* `r` is what starting came to. */
static int started(Inspection *inspection, int r, sd_bus_error *ret_error) {
        if (r >= 0)
                return 1;
        sd_bus_message_unref(inspection_take(inspection));
        return r == -EBUSY ? refuse_busy(ret_error) : r;
}

static int start(sd_bus_message *m, Api *api, InspectKind kind, InspectHandler handler,
                 sd_bus_error *ret_error) {
        Inspection *inspection;
        int fd, r;

        r = sd_bus_message_read(m, "h", &fd);
        if (r < 0)
                return r;
        inspection = inspection_add(api, m);
        if (!inspection)
                return refuse_busy(ret_error);
        return started(inspection, inspect_start(api->event, kind, fd, handler, inspection),
                       ret_error);
}

static int on_diagnose(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Api *api = userdata;
        const Status *status = api->status;
        Inspection *inspection;
        DaemonFacts facts;

        inspection = inspection_add(api, m);
        if (!inspection)
                return refuse_busy(ret_error);
        api->handlers->refresh(api->userdata);
        facts = (DaemonFacts){
                .directory = status->directory,
                .trouble = strcmp(status->state, "unavailable") == 0 ? status->message : "",
                .pressure_source = status->pressure_source,
                .pinned_bytes = status->pinned_bytes,
                .collateral_bytes = status->collateral_bytes,
                .hibernation_asked = status->hibernation_asked,
                .reserve = status->reserve,
                .reserve_room = status->reserve_room,
        };
        return started(inspection,
                       inspect_machine_start(api->event, &facts, on_diagnosed, inspection),
                       ret_error);
}

static int on_check(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return start(m, userdata, INSPECT_FILE, on_checked, ret_error);
}

static int on_map(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        return start(m, userdata, INSPECT_FILESYSTEM, on_mapped, ret_error);
}

/* clang-format off */
static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_ARGS("h", file), SD_BUS_RESULT("a(sttsssb)", findings, "a{st}", facts), on_check, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Map", SD_BUS_ARGS("h", filesystem), SD_BUS_RESULT("h", records), on_map, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Diagnose", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(sssss)", findings), on_diagnose, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END
};
/* clang-format on */

int inspect_api_attach(Api *api) {
        return sd_bus_add_object_vtable(api->bus, NULL, BUS_PATH, BUS_MANAGER, vtable, api);
}
