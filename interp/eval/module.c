/* SPDX-License-Identifier: MIT
 * The library, a file of which is parsed when a name of it is first used, and imports.
 */
#include "embed.h"
#include "eval_int.h"

#include <string.h>

static const EmbedWord *find_word(const char *name)
{
    int lo = 0, hi = embed_word_count - 1;
    while (lo <= hi) {
        int mid = (lo + hi) / 2, c = strcmp(name, embed_words[mid].name);
        if (c == 0) return &embed_words[mid];
        if (c < 0)
            hi = mid - 1;
        else
            lo = mid + 1;
    }
    return NULL;
}

const char *library_word(int i)
{
    return i < embed_word_count ? embed_words[i].name : NULL;
}

const char *library_topic(int i)
{
    const EmbedWord *w = &embed_words[i];
    bool part = !strstr(w->doc, "\n\n  ");
    return part ? NULL : embed_files[w->file].kind;
}

bool library_is_fn(int i) { return strcmp(embed_words[i].kind, "fn") == 0; }

const char *library_doc(Interp *I, const char *name, int which, const char **signature)
{
    (void)I;
    const EmbedWord *w = find_word(name);
    while (w && w > embed_words && strcmp(w[-1].name, name) == 0) w--;
    for (; w && which > 0; which--)
        w = w + 1 < embed_words + embed_word_count && strcmp(w[1].name, name) == 0
                ? w + 1
                : NULL;
    if (!w) return NULL;
    *signature = w->signature;
    return w->doc;
}

bool library_text(Text text)
{
    for (int i = 0; i < embed_count; i++)
        if (text_same(text, (Text){embed_files[i].text, embed_files[i].len}))
            return true;
    return false;
}

/* What runs while a file is loaded has nothing to do with what asked for it. */
static bool run_apart(Interp *I, Module *m, Text name, Text text)
{
    Recorder *recorder = I->recorder;
    Handler *handler = I->handler;
    Frame *frame = I->frame;
    const char *path = I->path;
    Value result = I->result;
    Abstract *abstract = I->abstract;
    I->abstract = NULL;
    I->recorder = NULL;
    I->handler = NULL;
    I->path = NULL;
    I->result = value_none();
    bool ok = interp_run(I, m, name, text, false) == RUN_OK;
    I->abstract = abstract;
    I->recorder = recorder;
    I->handler = handler;
    I->frame = frame;
    I->path = path;
    I->result = result;
    return ok;
}

static bool load_file(Interp *I, int file)
{
    if (I->loaded[file]) return true; /* or being loaded: not yet defined */
    I->loaded[file] = 1;
    const EmbedFile *f = &embed_files[file];
    Out path;
    out_init(&path, I->memory);
    out_fmt(&path, "stdlib/%s", f->path);
    bool ok =
        run_apart(I, I->library, (Text){path.at, path.len}, (Text){f->text, f->len});
    out_free(&path);
    if (!ok) I->loaded[file] = 0;
    return ok;
}

static bool same_name(int i, int k)
{
    return strcmp(embed_words[i].name, embed_words[k].name) == 0;
}

/* A file, and those that define one of its names too. */
static bool load_with_namesakes(Interp *I, int file)
{
    bool ok = load_file(I, file);
    for (int i = 0; ok && i < embed_word_count; i++) {
        if (embed_words[i].file != file) continue;
        for (int k = i - 1; ok && k >= 0 && same_name(i, k); k--)
            ok = load_file(I, embed_words[k].file);
        for (int k = i + 1; ok && k < embed_word_count && same_name(i, k); k++)
            ok = load_file(I, embed_words[k].file);
    }
    return ok;
}

bool library_find(Interp *I, Name name, Value *out, bool *found)
{
    *found = module_get(I->library, name, out);
    if (*found) return true;
    const EmbedWord *w = find_word(name_cstr(&I->names, name));
    if (!w) return true;
    if (!I->loaded) I->loaded = memory_take(I->memory, (size_t)embed_count);
    if (!load_with_namesakes(I, w->file)) return false;
    *found = module_get(I->library, name, out);
    return true;
}

static Module *known_module(Interp *I, Text path)
{
    for (Module *m = I->module_list; m; m = m->next)
        if (text_same(m->path, path)) return m;
    return NULL;
}

static bool load(Interp *I, const Ast *s, Module **out)
{
    char *bytes;
    size_t len;
    char *path = arena_take(&I->arena, s->lit.text.len + 1);
    memcpy(path, s->lit.text.at, s->lit.text.len);
    int error = I->host.read_file(I->host.ud, path, &bytes, &len);
    if (error) return fail(I, E0541, s->span, path, strerror(error));
    Module *m = module_new(I, (Text){path, s->lit.text.len}, false);
    m->loading = true;
    char *copy = arena_copy(&I->arena, bytes, len);
    I->host.free_file(I->host.ud, bytes, len);
    bool ok = run_apart(I, m, m->path, (Text){copy, len});
    m->loading = false;
    if (!ok) m->path = (Text){"", 0};
    *out = m;
    return ok;
}

bool import_module(Interp *I, const Ast *s)
{
    Module *m = known_module(I, s->lit.text);
    if (m && m->loading)
        return fail(I, E0345, s->span, (int)s->lit.text.len, s->lit.text.at);
    if (!m && !load(I, s, &m)) return false;
    Record *r = record_new(I);
    for (Name i = 1; i < m->room; i++)
        if (m->bound[i]) record_set(I, r, i, m->value[i]);
    bind(I, s->name, value_object(r));
    return true;
}
