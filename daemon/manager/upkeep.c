/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/upkeep.h"

#include "manager/manager-internal.h"

void upkeep_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message) {
}

void upkeep_relocation_ended(Manager *m, int error, const BalancePlan *plan) {
}

void upkeep_note_ended(Manager *m, Operation operation, const UpkeepEnded *ended) {
}
