/* SPDX-License-Identifier: MIT
 * All that a program may use, by what it is for: what `unc doc` prints without a name.
 */
#include "api_int.h"

#include <string.h>

/* What a folder of stdlib/ holds: all of it, or its definitions and functions apart. */
typedef enum { ALL, DEFINITIONS, FUNCTIONS } Share;

typedef struct Folder {
    const char *name, *title;
    Share share;
} Folder;

static const Folder folders[] = {
    {"dist", "distributions", ALL},
    {"kernel", "kernels", ALL},
    {"activation", "activations, besides those by element", ALL},
    {"layer", "layers", ALL},
    {"flow", "flows", ALL},
    {"init", "initialisers", ALL},
    {"optim", "optimisers and schedules", ALL},
    {"guide", "guides", ALL},
    {"estimate", "estimators", ALL},
    {"data", "data sets", ALL},
    {"attack", "attacks", DEFINITIONS},
    {"attack", "with attacks, and for one's own", FUNCTIONS},
    {"defence", "defences", ALL},
    {"loss", "losses of attacks", ALL},
};

typedef const char *Named(int i);
typedef bool Belongs(int i, const void *topic);

static bool word_belongs(int i, const void *topic)
{
    return word_topic(i) && strcmp(word_topic(i), topic) == 0;
}

static bool definition_belongs(int i, const void *topic)
{
    const Folder *f = topic;
    const char *folder = library_topic(i);
    return folder && strcmp(folder, f->name) == 0 &&
           (f->share == ALL || library_is_fn(i) == (f->share == FUNCTIONS));
}

/* The names of a topic in lines of up to 80 columns, below its title. */
static void list(Out *o, const char *title, const void *topic, Named *name,
                 Belongs *belongs)
{
    enum { WIDE = 80 };
    size_t column = WIDE;
    out_fmt(o, "\n%s", title);
    for (int i = 0; name(i); i++) {
        if (!belongs(i, topic)) continue;
        size_t n = strlen(name(i));
        bool fits = column + 1 + n <= WIDE;
        out_str(o, fits ? " " : "\n  ");
        out_str(o, name(i));
        column = fits ? column + 1 + n : 2 + n;
    }
    out_char(o, '\n');
}

static void overview(void *ctx)
{
    Out *o = &((unc *)ctx)->text;
    const char *last = NULL;
    o->len = 0;
    out_str(o,
            "Of one of these, `unc doc NAME` (in the REPL `:doc NAME`) tells more.\n");
    for (int i = 0; word_name(i); i++) {
        const char *topic = word_topic(i);
        if (topic && topic != last) list(o, topic, topic, word_name, word_belongs);
        last = topic;
    }
    out_str(o, "\nWritten in unc, a file each:\n");
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        list(o, folders[i].title, &folders[i], library_word, definition_belongs);
}

const char *unc_overview(unc *u)
{
    return memory_run(&u->memory, overview, u) == MEMORY_OK ? u->text.at : NULL;
}
