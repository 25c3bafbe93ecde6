/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bus/authority.h"

#include "base/cleanup.h"
#include "bus/names.h"

int authority_check(sd_bus_message *m, sd_bus_error *ret_error) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        uid_t uid;
        int r;

        r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);
        if (r < 0)
                return r;
        r = sd_bus_creds_get_euid(creds, &uid);
        if (r < 0)
                return r;
        if (uid == 0)
                return 1;
        return sd_bus_error_setf(ret_error, BUS_ERROR_NOT_ALLOWED,
                                 "Only root may call '%s'; try again with sudo",
                                 sd_bus_message_get_member(m));
}
