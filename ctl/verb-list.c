/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <limits.h>

#include "json.h"
#include "table.h"

ExitCode verb_list(Client *client, int argc, char **argv) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        struct json_object *json;
        ExitCode code;

        code = client_fetch_pool(client, &pool);
        if (code != EXIT_DONE)
                return code;

        if (client->json) {
                json = json_new();
                (void)json_object_object_add(json, "swapfiles", swapfiles_to_json(pool));
                return client_print_json(client, json);
        }

        if (pool->n_swapfiles == 0)
                return EXIT_DONE;
        if (table_print_swapfiles(pool, &client->style, true, UINT_MAX) < 0)
                return EXIT_SYSTEM;
        return EXIT_DONE;
}
