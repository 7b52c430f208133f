/* SPDX-License-Identifier: MIT
 * The standard library inside the program: its files, and an index of what they define,
 * so that a file is parsed at its first use. build/gen/stdlib.c, made by tools/embed.c.
 */
#ifndef UNC_EVAL_EMBED_H
#define UNC_EVAL_EMBED_H

#include <stddef.h>

typedef struct EmbedFile {
    const char *path; /* "dist/Normal.unc" */
    const char *text; /* NUL-terminated */
    size_t len;
    const char *kind;      /* the folder: "dist"; "" for prelude.unc */
    const char *name;      /* "Normal" */
    const char *signature; /* of the definition of that name, or "" */
} EmbedFile;

typedef struct EmbedWord {
    const char *name;
    const char *kind;      /* the keyword: "dist", "fn", … */
    const char *signature; /* "dist Normal(mean: real, sd: positive) on real" */
    int file;              /* into embed_files */
    const char *doc;       /* the comment right above, without `# `; or "" */
} EmbedWord;

extern const EmbedFile embed_files[];
extern const int embed_count;
extern const EmbedWord embed_words[]; /* sorted by name (strcmp), then by file */
extern const int embed_word_count;

#endif
