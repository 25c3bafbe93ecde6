/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which files, in which order, and what they say together. A drop-in of the same name in a more
 * important directory replaces the other, as with systemd; hence an empty file or a link to
 * /dev/null there is how to be rid of it.
 */

#include "config/config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "config/file.h"
#include "config/option.h"

#define DROPIN_DIR "btrfs-swapd.conf.d"

/* The most important first. */
static const char *const dropin_parents[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib" };

typedef struct Dropin {
        char *name;
        size_t parent;
} Dropin;

typedef struct Dropins {
        Dropin *items;
        size_t count;
} Dropins;

static void dropins_done(Dropins *d) {
        for (size_t i = 0; i < d->count; i++)
                free(d->items[i].name);
        free(d->items);
}

static int dropins_add(Dropins *d, const char *name, size_t parent) {
        Dropin *items;
        char *copy;

        items = reallocarray(d->items, d->count + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        d->items = items;

        copy = strdup(name);
        if (!copy)
                return -ENOMEM;

        d->items[d->count++] = (Dropin){ .name = copy, .parent = parent };
        return 0;
}

/* Hidden ones are what editors leave behind. */
static bool name_is_dropin(const char *name) {
        static const char suffix[] = ".conf";
        size_t length = strlen(name), suffix_length = sizeof(suffix) - 1;

        return name[0] != '.' && length > suffix_length &&
               strcmp(name + length - suffix_length, suffix) == 0;
}

static int dropins_scan_dir(Dropins *d, const char *path, size_t parent) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        dir = opendir(path);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;

        for (;;) {
                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        return -errno;
                if (!name_is_dropin(entry->d_name))
                        continue;
                r = dropins_add(d, entry->d_name, parent);
                if (r < 0)
                        return r;
        }
}

static int dropin_compare(const void *a, const void *b) {
        const Dropin *x = a, *y = b;
        int order = strcmp(x->name, y->name);

        if (order != 0)
                return order;
        return x->parent < y->parent ? -1 : x->parent > y->parent;
}

static int dropin_path(const char *root, size_t parent, const char *name, char **ret) {
        char *path;

        if (asprintf(&path, "%s%s/" DROPIN_DIR "%s%s", root, dropin_parents[parent],
                     name ? "/" : "", name ? name : "") < 0)
                return -ENOMEM;

        *ret = path;
        return 0;
}

static void report_unreadable(ConfigReport *report, const char *path, int error) {
        config_report_add(report, path, 0, "cannot be read (%s); ignoring it",
                          strerrordesc_np(-error));
}

static int dropins_scan(Dropins *d, const char *root, ConfigReport *report) {
        int r;

        for (size_t i = 0; i < ELEMENTSOF(dropin_parents); i++) {
                _cleanup_(freep) char *path = NULL;

                r = dropin_path(root, i, NULL, &path);
                if (r == 0)
                        r = dropins_scan_dir(d, path, i);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        report_unreadable(report, path, r);
        }

        if (d->count > 0)
                qsort(d->items, d->count, sizeof(*d->items), dropin_compare);
        return 0;
}

static int dropins_read(const Dropins *d, Config *c, const char *root, ConfigReport *report) {
        const char *last = "";
        int r;

        for (size_t i = 0; i < d->count; i++) {
                _cleanup_(freep) char *path = NULL;

                if (strcmp(d->items[i].name, last) == 0)
                        continue;
                last = d->items[i].name;

                r = dropin_path(root, d->items[i].parent, last, &path);
                if (r == 0)
                        r = config_file_read(c, path, report);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        report_unreadable(report, path, r);
        }
        return 0;
}

static int main_file_read(Config *c, const char *root, bool strict, ConfigReport *report) {
        _cleanup_(freep) char *path = NULL;
        int r;

        if (asprintf(&path, "%s" CONFIG_MAIN_FILE, root) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        r = config_file_read(c, path, report);
        if (r == -ENOENT)
                return 0;
        if (r == 0 || r == -ENOMEM || strict)
                return r;

        report_unreadable(report, path, r);
        return 0;
}

static int config_read_all(Config *c, const char *root, bool strict, ConfigReport *report) {
        _cleanup_(dropins_done) Dropins dropins = { 0 };
        int r;

        r = main_file_read(c, root, strict, report);
        if (r < 0)
                return r;
        r = dropins_scan(&dropins, root, report);
        if (r < 0)
                return r;
        return dropins_read(&dropins, c, root, report);
}

static const Amount *config_amount(const Config *c, ConfigId id) {
        return (const Amount *)(const void *)((const char *)c + config_option_get(id)->offset);
}

/*
 * What config_resolve() will cut down, as far as it is known without the machine. A default that
 * yields is no mistake: who sets MaximumSize=512M need not hear of MinimumSize=.
 */
static void config_check_pair(const Config *c, ConfigId low, ConfigId high, ConfigReport *report) {
        const Amount *a = config_amount(c, low), *b = config_amount(c, high);
        const ConfigSource *source = &c->sources[low];
        char low_text[CONFIG_VALUE_MAX], high_text[CONFIG_VALUE_MAX];

        /* 0: auto, which is settled when the machine is known. */
        if (source->line == 0 || a->is_percent != b->is_percent || a->value <= b->value ||
            b->value == 0)
                return;

        (void)config_option_format(config_option_get(low), c, low_text, sizeof(low_text));
        (void)config_option_format(config_option_get(high), c, high_text, sizeof(high_text));
        config_report_add(report, c->files[source->file], source->line,
                          "%s=%s is above %s=%s; using %s", config_option_get(low)->key, low_text,
                          config_option_get(high)->key, high_text, high_text);
}

static void config_check(const Config *c, ConfigReport *report) {
        config_check_pair(c, CONFIG_MINIMUM_SIZE, CONFIG_MAXIMUM_SIZE, report);
        config_check_pair(c, CONFIG_FILE_SIZE, CONFIG_MAXIMUM_SIZE, report);
        config_check_pair(c, CONFIG_HEADROOM, CONFIG_HEADROOM_MAX, report);
}

static int config_new(Config **ret) {
        const char *wrong;
        Config *c;

        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;

        for (size_t i = 0; i < config_option_count(); i++) {
                const ConfigOption *option = config_option_get(i);

                wrong = config_option_set(option, c, option->default_text);
                assert(!wrong);
                (void)wrong;
        }

        *ret = c;
        return 0;
}

Config *config_free(Config *c) {
        if (!c)
                return NULL;
        for (uint32_t i = 0; i < c->n_files; i++)
                free(c->files[i]);
        free(c->files);
        free(c);
        return NULL;
}

int config_load(const char *root, const char *file, bool strict, ConfigReport *report,
                Config **ret) {
        _cleanup_(config_freep) Config *c = NULL;
        int r;

        r = config_new(&c);
        if (r < 0)
                return r;

        config_report_clear(report);
        if (file)
                r = config_file_read(c, file, report);
        else
                r = config_read_all(c, root ? root : "", strict, report);
        if (r == 0)
                config_check(c, report);
        config_report_end(report);
        if (r < 0)
                return r;

        *ret = STEAL_PTR(c);
        return 0;
}
