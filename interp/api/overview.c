/* SPDX-License-Identifier: MIT
 * All that a program may use, by what it is for: what `unc doc` prints without a name.
 */
#include "api_int.h"

#include <string.h>

static const struct Folder {
    const char *name, *title;
} folders[] = {
    {"dist", "distributions"},
    {"kernel", "kernels"},
    {"activation", "activations, besides those by element"},
    {"layer", "layers"},
    {"flow", "flows"},
    {"init", "initialisers"},
    {"optim", "optimisers and schedules"},
    {"guide", "guides"},
    {"estimate", "estimators"},
    {"data", "data sets"},
    {"attack", "attacks"},
    {"attack fn", "with attacks, and for one's own"},
    {"defence", "defences"},
    {"loss", "losses of attacks"},
};

typedef const char *Named(int i);
typedef const char *Topic(int i);

static const char *topic_of_definition(int i)
{
    const char *folder = library_topic(i);
    bool helps = folder && strcmp(folder, "attack") == 0 && library_is_fn(i);
    return helps ? "attack fn" : folder;
}

/* The names of a topic in lines of up to 80 columns, below its title. */
static void list(Out *o, const char *title, const char *topic, Named *name, Topic *of)
{
    enum { WIDE = 80 };
    size_t column = WIDE;
    out_fmt(o, "\n%s", title);
    for (int i = 0; name(i); i++) {
        const char *t = of(i);
        if (!t || strcmp(t, topic) != 0) continue;
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
        if (topic && topic != last) list(o, topic, topic, word_name, word_topic);
        last = topic;
    }
    out_str(o, "\nWritten in unc, a file each:\n");
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        list(o, folders[i].title, folders[i].name, library_word, topic_of_definition);
}

const char *unc_overview(unc *u)
{
    return memory_run(&u->memory, overview, u) == MEMORY_OK ? u->text.at : NULL;
}
