/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/upkeep.h"

#include "manager/manager-internal.h"

void upkeep_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message) {
}
