/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool-info.h"

#include <string.h>

#include "bus/names.h"

/* clang-format off */
#define POOL(name, key, kind, member) { name, key, PROPERTY_##kind, offsetof(PoolInfo, member), NULL }
#define POOL_STRUCT(name, key, member) { name, key, PROPERTY_STRUCT, offsetof(PoolInfo, member), &member##_type }
static const Property pool_rows[] = {
        POOL("Directory",            "pool.directory",          STRING,   directory),
        POOL("Filesystem",           "pool.filesystem",         STRING,   filesystem),
        POOL("SizeBytes",            "pool.size_bytes",         BYTES,    size_bytes),
        POOL("UsedBytes",            "pool.used_bytes",         BYTES,    used_bytes),
        POOL("MinimumBytes",         "pool.minimum_bytes",      BYTES,    minimum_bytes),
        POOL("MaximumBytes",         "pool.maximum_bytes",      BYTES,    maximum_bytes),
        POOL("SpareBytes",           "pool.spare_bytes",        BYTES,    spare_bytes),
        POOL("PinnedChunks",         "pool.pinned_chunks",      COUNT,    pinned_chunks),
        POOL("PinnedBytes",          "pool.pinned_bytes",       BYTES,    pinned_bytes),
        POOL("CollateralBytes",      "pool.collateral_bytes",   BYTES,    collateral_bytes),
        POOL("MemoryTotalBytes",     "memory.total_bytes",      BYTES,    memory_total_bytes),
        POOL("MemoryAvailableBytes", "memory.available_bytes",  BYTES,    memory_available_bytes),
        POOL("SwapTotalBytes",       "memory.swap_total_bytes", BYTES,    swap_total_bytes),
        POOL("SwapFreeBytes",        "memory.swap_free_bytes",  BYTES,    swap_free_bytes),
        POOL("ZswappedBytes",        "memory.zswapped_bytes",   BYTES,    zswapped_bytes),
        POOL("ZswapBytes",           "memory.zswap_bytes",      BYTES,    zswap_bytes),
        POOL("PressureSomeAvg10",    "pressure.some_avg10",     PERCENT,  some_avg10_permyriad),
        POOL("PressureFullAvg10",    "pressure.full_avg10",     PERCENT,  full_avg10_permyriad),
        POOL("PressureSource",       "pressure.source",         STRING,   pressure_source),
        POOL("Operation",            "operation",               STRING,   operation),
        POOL_STRUCT("OperationProgress", "operation_progress", progress),
        POOL_STRUCT("Scrub",         "scrub",      scrub),
        POOL_STRUCT("Relocation",    "relocation", relocation),
        POOL_STRUCT("Upkeep",        "upkeep",     upkeep),
        POOL_STRUCT("Leases",        "leases",     leases),
        POOL_STRUCT("Decision",      "decision",   decision),
        POOL("State",                "state",                   STRING,   state),
        POOL("Message",              "message",                 STRING,   message),
        POOL_STRUCT("Job",           "job",        job),
        POOL("HeadroomBytes",        "headroom_bytes",          BYTES,    headroom_bytes),
        POOL("WantedHeadroomBytes",  "wanted_headroom_bytes",   BYTES,    wanted_headroom_bytes),
        POOL("FillBytesPerSecond",   "fill_bytes_per_second",   RATE,     fill_bytes_per_second),
        POOL("FilesystemSizeBytes",  "filesystem.size_bytes",   BYTES,    filesystem_size_bytes),
        POOL("FilesystemFreeBytes",  "filesystem.free_bytes",   BYTES,    filesystem_free_bytes),
        POOL("KeepFreeBytes",        "filesystem.keep_bytes",   BYTES,    keep_free_bytes),
        POOL("Version",              "daemon",                  STRING,   version),
};

#define SWAPFILE(name, key, kind, member)                                                          \
        { name, key, PROPERTY_##kind, offsetof(SwapfileInfo, member), NULL }
static const Property swapfile_rows[] = {
        SWAPFILE("Name",            "name",             STRING, name),
        SWAPFILE("Path",            "path",             STRING, path),
        SWAPFILE("State",           "state",            STRING, state),
        SWAPFILE("SizeBytes",       "size_bytes",       BYTES,  size_bytes),
        SWAPFILE("UsedBytes",       "used_bytes",       BYTES,  used_bytes),
        SWAPFILE("Priority",        "priority",         NUMBER, priority),
        SWAPFILE("Extents",         "extents",          COUNT,  extents),
        SWAPFILE("PinnedChunks",    "chunks",           COUNT,  chunks),
        SWAPFILE("Kept",            "kept",             BOOL,   kept),
        SWAPFILE("PinnedBytes",     "pinned_bytes",     BYTES,  pinned_bytes),
        SWAPFILE("CollateralBytes", "collateral_bytes", BYTES,  collateral_bytes),
        SWAPFILE("Message",         "message",          STRING, message),
};
/* clang-format on */

const PropertyTable pool_properties = { pool_rows, ELEMENTSOF(pool_rows) };
const PropertyTable swapfile_properties = { swapfile_rows, ELEMENTSOF(swapfile_rows) };

int pool_info_new(PoolInfo **ret) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;

        pool = calloc(1, sizeof(*pool));
        if (!pool || properties_init(pool_properties, pool) < 0)
                return -ENOMEM;

        *ret = STEAL_PTR(pool);
        return 0;
}

static void pool_info_clear_swapfiles(PoolInfo *pool) {
        for (size_t i = 0; i < pool->n_swapfiles; i++)
                swapfile_info_done(&pool->swapfiles[i]);
        free(pool->swapfiles);
        pool->swapfiles = NULL;
        pool->n_swapfiles = 0;
}

PoolInfo *pool_info_free(PoolInfo *pool) {
        if (!pool)
                return NULL;
        properties_done(pool_properties, pool);
        pool_info_clear_swapfiles(pool);
        free(pool);
        return NULL;
}

void swapfile_info_done(SwapfileInfo *swapfile) {
        properties_done(swapfile_properties, swapfile);
}

static int read_interfaces(sd_bus_message *m, SwapfileInfo *swapfile) {
        const char *interface;
        int found = 0;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(m, "s", &interface);
                if (r < 0)
                        return r;

                if (strcmp(interface, BUS_SWAPFILE) == 0) {
                        r = properties_read(swapfile_properties, m, swapfile, NULL, NULL);
                        found = 1;
                } else {
                        r = sd_bus_message_skip(m, "a{sv}");
                }
                if (r < 0)
                        return r;

                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : found;
}

int swapfile_info_read(sd_bus_message *m, SwapfileInfo *ret) {
        SwapfileInfo swapfile = { .priority = -1 };
        int r;

        r = properties_init(swapfile_properties, &swapfile);
        if (r >= 0)
                r = read_interfaces(m, &swapfile);
        if (r <= 0) {
                swapfile_info_done(&swapfile);
                return r;
        }

        *ret = swapfile;
        return 1;
}

static int pool_info_add_swapfile(PoolInfo *pool, const SwapfileInfo *swapfile) {
        SwapfileInfo *more;

        more = realloc(pool->swapfiles, (pool->n_swapfiles + 1) * sizeof(*more));
        if (!more)
                return -ENOMEM;

        pool->swapfiles = more;
        pool->swapfiles[pool->n_swapfiles++] = *swapfile;
        return 0;
}

static int pool_info_read_object(PoolInfo *pool, sd_bus_message *m) {
        SwapfileInfo swapfile;
        int r;

        r = sd_bus_message_skip(m, "o");
        if (r < 0)
                return r;

        r = swapfile_info_read(m, &swapfile);
        if (r <= 0)
                return r;

        r = pool_info_add_swapfile(pool, &swapfile);
        if (r < 0)
                swapfile_info_done(&swapfile);
        return r;
}

static int swapfile_info_compare(const void *a, const void *b) {
        return strverscmp(((const SwapfileInfo *)a)->name, ((const SwapfileInfo *)b)->name);
}

int pool_info_read_swapfiles(PoolInfo *pool, sd_bus_message *m) {
        int r;

        pool_info_clear_swapfiles(pool);

        r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
                r = pool_info_read_object(pool, m);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        if (pool->n_swapfiles > 1)
                qsort(pool->swapfiles, pool->n_swapfiles, sizeof(SwapfileInfo),
                      swapfile_info_compare);
        return sd_bus_message_exit_container(m);
}

int pool_info_fetch(sd_bus *bus, PoolInfo **ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *properties = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL;
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        int r;

        r = pool_info_new(&pool);
        if (r < 0)
                return r;

        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll",
                               error, &properties, "s", BUS_MANAGER);
        if (r < 0)
                return r;
        r = properties_read(pool_properties, properties, pool, NULL, NULL);
        if (r < 0)
                return r;

        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, "org.freedesktop.DBus.ObjectManager",
                               "GetManagedObjects", error, &objects, NULL);
        if (r < 0)
                return r;
        r = pool_info_read_swapfiles(pool, objects);
        if (r < 0)
                return r;

        *ret = STEAL_PTR(pool);
        return 0;
}

struct json_object *swapfiles_to_json(const PoolInfo *pool) {
        struct json_object *array = json_object_new_array();

        for (size_t i = 0; i < pool->n_swapfiles; i++) {
                struct json_object *object = json_object_new_object();

                for (size_t j = 0; j < swapfile_properties.n; j++)
                        property_add_json(&swapfile_rows[j], &pool->swapfiles[i], object);
                (void)json_object_array_add(array, object);
        }
        return array;
}
