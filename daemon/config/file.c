/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/parse.h"
#include "base/text.h"
#include "config/option.h"

/* What inih has room for as distributions build it; the same everywhere. */
#define LINE_BYTES_MAX 198

#define FILE_BYTES_MAX MIB

typedef enum Section {
        SECTION_NONE,
        SECTION_KNOWN,
        SECTION_UNKNOWN, /* said so already: its options are skipped in silence */
} Section;

typedef struct Reader {
        FILE *stream;
        const char *path;
        Config *config;
        ConfigReport *report;
        Section section;
        size_t bytes;
        unsigned line;
        bool unclaimed; /* the line given to inih should be an option; has not come back as one */
        bool too_long;  /* the line */
        bool has_nul;
        int64_t file; /* index into Config.files; -1: nothing of this file is in force yet */
        int error;
} Reader;

#define reader_warn(reader, ...)                                                                   \
        config_report_add((reader)->report, (reader)->path, (reader)->line, __VA_ARGS__)

static int reader_getc(Reader *r) {
        int c = getc_unlocked(r->stream);

        if (c != EOF)
                r->bytes++;
        return r->bytes > FILE_BYTES_MAX ? EOF : c;
}

/* Leading blanks are dropped: they would make the line a continuation. */
static bool reader_read_line(Reader *r, char *buf, size_t size) {
        size_t used = 0;
        int c;

        r->too_long = false;
        r->has_nul = false;
        r->line++;

        c = reader_getc(r);
        if (c == EOF)
                return false;

        for (; c != EOF && c != '\n'; c = reader_getc(r)) {
                if (used == 0 && c != '\0' && strchr(" \t\r\v\f", c))
                        continue;
                r->has_nul = r->has_nul || c == '\0';
                if (used < size - 1)
                        buf[used++] = (char)c;
                else
                        r->too_long = true;
        }
        buf[used] = '\0';

        /* Half a line may say something else than the whole. */
        return r->bytes <= FILE_BYTES_MAX;
}

static void skip_byte_order_mark(char *line) {
        static const char mark[] = "\xef\xbb\xbf";
        size_t length = sizeof(mark) - 1;

        if (strncmp(line, mark, length) == 0)
                memmove(line, line + length, strlen(line + length) + 1);
}

/*
 * inih lets a header that it cannot read pass, and its options fall into the section before. So
 * which section this is gets decided here, and inih's word only counts in one of ours.
 */
static void reader_enter_section(Reader *r, char *line) {
        char *end = strchr(line, ']');

        r->section = SECTION_UNKNOWN;
        if (!end) {
                reader_warn(r, "section without ']'; ignoring its options");
        } else {
                *end = '\0';
                if (config_option_has_section(line + 1))
                        r->section = SECTION_KNOWN;
                else
                        reader_warn(r, "unknown section [%s]; ignoring its options", line + 1);
                *end = ']';
        }
}

static void reader_judge_line(Reader *r, char *line) {
        if (line[0] == '#' || line[0] == ';')
                return;

        if (r->has_nul || r->too_long) {
                if (r->has_nul)
                        reader_warn(r, "NUL byte; ignoring the line");
                else
                        reader_warn(r, "longer than %d characters; ignoring the line",
                                    LINE_BYTES_MAX);
                line[0] = '\0';
        } else if (line[0] == '[')
                reader_enter_section(r, line);
        else
                r->unclaimed = line[0] != '\0';
}

static char *on_line(char *buf, int size, void *userdata) {
        Reader *r = userdata;
        size_t room = (size_t)size < LINE_BYTES_MAX + 2 ? (size_t)size : LINE_BYTES_MAX + 2;

        if (r->unclaimed && r->section != SECTION_UNKNOWN)
                reader_warn(r, "neither a [section] nor an option such as Key=value; ignoring it");
        r->unclaimed = false;

        if (r->error < 0 || !reader_read_line(r, buf, room - 1))
                return NULL;
        if (r->line == 1)
                skip_byte_order_mark(buf);

        reader_judge_line(r, buf);
        /* A newer inih takes a full buffer without one for the beginning of a line, and drops all
         * up to the next. */
        (void)strcat(buf, "\n");
        return buf;
}

static int reader_name_file(Reader *r) {
        Config *c = r->config;
        char *name, **files;

        name = strndup(r->path, CONFIG_FILE_SHOWN_MAX);
        if (!name)
                return -ENOMEM;
        text_clean(name);

        files = reallocarray(c->files, c->n_files + 1, sizeof(*files));
        if (!files) {
                free(name);
                return -ENOMEM;
        }

        files[c->n_files] = name;
        c->files = files;
        r->file = c->n_files++;
        return 0;
}

static void reader_set(Reader *r, const ConfigOption *option, const char *value) {
        ConfigSource *source = &r->config->sources[config_option_index(option)];
        char kept[CONFIG_VALUE_MAX];
        const char *wrong;

        wrong = config_option_set(option, r->config, value[0] ? value : option->default_text);
        if (wrong) {
                reader_warn(r, "%s=%s %s; using %s", option->key, value, wrong,
                            config_option_format(option, r->config, kept, sizeof(kept)));
                return;
        }

        if (value[0] == '\0') {
                *source = (ConfigSource){ 0 };
                return;
        }

        if (r->file < 0)
                r->error = reader_name_file(r);
        if (r->error == 0)
                *source = (ConfigSource){ .line = r->line, .file = (uint32_t)r->file };
}

static void reader_warn_unknown(Reader *r, const char *section, const char *key) {
        const ConfigOption *meant = config_option_guess(key);

        if (meant)
                reader_warn(r, "unknown option %s in [%s], maybe %s in [%s] is meant; ignoring it",
                            key, section, meant->key, meant->section);
        else
                reader_warn(r, "unknown option %s in [%s]; ignoring it", key, section);
}

static int on_option(void *userdata, const char *section, const char *key, const char *value) {
        const ConfigOption *option;
        Reader *r = userdata;

        /* inih can be built to take a key alone; to us the line stays unclaimed then. */
        if (!value)
                return 1;
        r->unclaimed = false;

        if (r->section == SECTION_UNKNOWN)
                return 1;
        if (r->section == SECTION_NONE) {
                reader_warn(r, "option %s before the first [section]; ignoring it", key);
                return 1;
        }

        option = config_option_find(section, key);
        if (option)
                reader_set(r, option, value);
        else
                reader_warn_unknown(r, section, key);
        return 1;
}

/* O_NONBLOCK: a pipe in the place of a file must not hold up anything. */
static int file_open(const char *path, FILE **ret) {
        _cleanup_(close_fdp) int fd = -1;
        struct stat st;
        FILE *stream;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        /* /dev/null is how a drop-in is masked, and "no options at all" on the command line. */
        if (!S_ISREG(st.st_mode) && !(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)))
                return -EOPNOTSUPP;

        stream = fdopen(fd, "r");
        if (!stream)
                return -errno;

        fd = -1;
        *ret = stream;
        return 0;
}

int config_file_read(Config *c, const char *path, ConfigReport *report) {
        _cleanup_(fclosep) FILE *stream = NULL;
        Reader reader = { .path = path, .config = c, .report = report, .file = -1 };
        int r;

        r = file_open(path, &stream);
        if (r < 0)
                return r;
        reader.stream = stream;

        /* Its result is the first bad line; all of them have been reported. */
        (void)ini_parse_stream(on_line, &reader, on_option, &reader);

        if (reader.bytes > FILE_BYTES_MAX)
                reader_warn(&reader, "file larger than 1 MiB; ignoring the rest");
        if (ferror(stream))
                return -EIO;
        return reader.error;
}
