/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The map as JSON
 */

#include <json-c/json.h>

#include "map.h"

struct json_object *map_to_json(const Map *map);
