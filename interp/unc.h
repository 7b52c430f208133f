/* SPDX-License-Identifier: MIT
 * unc: a small language for uncertainty in deep learning. The only file that a host
 * sees.
 *
 *     unc *u = unc_open(NULL);
 *     if (unc_run(u, "demo", "x = 2\nprint(x + 1)") != UNC_OK) fputs(unc_message(u),
 * stderr); unc_close(u);
 *
 * Arguments are borrowed, results are owned by whoever gets them; texts are UTF-8.
 * Every function that can fail returns a status, and sets its results only on UNC_OK.
 * Text that a function returns belongs to the interpreter and lives until its next
 * call.
 */
#ifndef UNC_H
#define UNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define UNC_API __attribute__((visibility("default")))
#else
#define UNC_API
#endif

typedef struct unc unc; /* one interpreter; use it from one thread at a time */
typedef struct unc_value unc_value; /* a value you hold; give it back with unc_drop */

typedef enum {
    UNC_OK = 0,
    UNC_MORE,      /* the text ends in the middle of something: ask for another line */
    UNC_WRONG,     /* the program is wrong, or running it failed: see unc_message */
    UNC_STOPPED,   /* unc_stop was called */
    UNC_NO_MEMORY, /* and the interpreter can be used further */
    UNC_BUG        /* a defect of unc: close the interpreter and report it */
} unc_status;

typedef enum {
    UNC_NONE,
    UNC_BOOL,
    UNC_INT,
    UNC_REAL,
    UNC_STRING,
    UNC_TENSOR,
    UNC_RECORD,
    UNC_LIST,
    UNC_FUNCTION,
    UNC_DISTRIBUTION,
    UNC_LAYER,
    UNC_FLOW,
    UNC_MODEL,
    UNC_POSTERIOR,
    UNC_PREDICTION,
    UNC_OTHER
} unc_kind;

/* How a fit, an attack or a long prediction stands; given to the progress function. */
typedef struct unc_progress {
    const char *what; /* the name of the model, or of the attack */
    int64_t step, steps;
    double loss;  /* NaN where there is none */
    bool is_elbo; /* loss is minus the ELBO */
    double steps_per_second, seconds_left;
    bool done;
} unc_progress;

/* What a host may choose; zero means the default. Set `size = sizeof(unc_config)`. */
typedef struct unc_config {
    size_t size;
    void *ud; /* given to all functions below */
    void *(*alloc)(void *ud, void *ptr, size_t old_size, size_t new_size);
    void (*output)(void *ud, const char *text, size_t len); /* print; default stdout */
    void (*message)(void *ud, const char *text,
                    size_t len);                       /* warnings; default stderr */
    void (*progress)(void *ud, const unc_progress *p); /* default: nothing */
    /* Reads a whole file: 0 and *bytes (freed by free_file), or an errno. */
    int (*read_file)(void *ud, const char *path, char **bytes, size_t *len);
    void (*free_file)(void *ud, char *bytes, size_t len);
    /* Writes a whole file or leaves the old one untouched: 0 or an errno. */
    int (*write_file)(void *ud, const char *path, const char *bytes, size_t len);
    uint64_t seed;         /* the run's seed */
    int threads;           /* at most; default: the processors there are */
    size_t memory;         /* limit in bytes; 0: none */
    bool color;            /* diagnostics with ANSI colours */
    bool interactive;      /* the REPL: expressions print their value */
    const char *write_dir; /* more folders where files may be written, ':' between */
    const char *allow_ffi; /* C libraries that programs may call, ':' between; "*": any;
                              default: none */
    /* The files whose names fit a pattern of the shell, in order, each name with a NUL
     * behind it: 0 and *names (freed by free_file), or an errno. */
    int (*list_files)(void *ud, const char *pattern, char **names, size_t *len);
} unc_config;

/* ---- life ---- */
UNC_API unc *unc_open(const unc_config *config); /* NULL: no memory */
UNC_API void unc_close(unc *u);
UNC_API const char *unc_version(void);
UNC_API void unc_stop(unc *u); /* safe in a signal handler and from another thread */
UNC_API void unc_args(unc *u, int count, const char *const *arg); /* `args` */

/* ---- programs ---- */
/* Runs a text in the global scope. `name` is what diagnostics call it. */
UNC_API unc_status unc_run(unc *u, const char *name, const char *text);
UNC_API unc_status unc_run_n(unc *u, const char *name, const char *text, size_t len);
UNC_API unc_status unc_run_file(unc *u, const char *path);
/* As unc_run, and answers UNC_MORE (with nothing run) where the text is unfinished. */
UNC_API unc_status unc_enter(unc *u, const char *name, const char *text);
/* Runs a file and its check blocks; each result is told: title, passed, why not. */
UNC_API unc_status unc_test_file(unc *u, const char *path,
                                 void (*told)(void *ud, const char *title, bool passed,
                                              const char *why),
                                 void *ud);
/* Finds what can be known of a file without running it: names, calls, shapes, supports.
 * UNC_WRONG where there are errors; warnings alone are UNC_OK and among the
 * diagnostics. */
UNC_API unc_status unc_check_file(unc *u, const char *path);
typedef enum {
    UNC_DUMP_TOKENS,
    UNC_DUMP_AST,
    UNC_DUMP_CHECKED,
    UNC_DUMP_GRAPH,
    UNC_DUMP_SLOPE,
    UNC_DUMP_PLAN
} unc_stage;
/* What a stage made of a file; goes to the output function. GRAPH, SLOPE and PLAN are
 * those of each function differentiated and each model fitted while the file runs. */
UNC_API unc_status unc_dump_file(unc *u, const char *path, unc_stage stage);

/* ---- diagnostics of the last call ---- */
UNC_API int unc_diag_count(const unc *u);
UNC_API const char *unc_diag_code(const unc *u, int i); /* "E0203" */
UNC_API bool unc_diag_is_warning(const unc *u, int i);
/* Where it stands; false where it has no place. Lines and columns count from 1. */
UNC_API bool unc_diag_place(const unc *u, int i, uint32_t *line, uint32_t *column);
UNC_API const char *unc_message(unc *u);      /* all of them, rendered */
UNC_API const char *unc_message_json(unc *u); /* all of them, a JSON object a line */
UNC_API const char *unc_explain(const char *code); /* NULL: no such code */
/* What it says, as a format of printf: `%s` and the like stand for what it names. */
UNC_API const char *unc_says(const char *code); /* NULL: no such code */
/* A program with that diagnostic and the same program without it; false: there is none.
 */
UNC_API bool unc_example(const char *code, const char **wrong, const char **mended);

/* ---- values ---- */
UNC_API unc_status unc_get(unc *u, const char *name, unc_value **value);
UNC_API unc_status unc_set_real(unc *u, const char *name, double x);
UNC_API unc_status unc_set_tensor(unc *u, const char *name, const double *data,
                                  int rank, const int64_t *dim);
UNC_API void unc_drop(unc *u, unc_value *value);
UNC_API unc_kind unc_kind_of(const unc_value *value);
UNC_API unc_status unc_number(const unc_value *value, double *x);
UNC_API int unc_rank(const unc_value *value);
UNC_API int64_t unc_dim(const unc_value *value, int axis);
/* Copies the elements as doubles; len must be their count. */
UNC_API unc_status unc_read(const unc_value *value, double *data, int64_t len);
UNC_API unc_status unc_field(unc *u, const unc_value *value, const char *name,
                             unc_value **field);
UNC_API const char *unc_show(unc *u, const unc_value *value); /* as print shows it */

/* ---- for tools: completion, :type, :vars, unc doc ---- */
/* The names that begin with prefix (also names of fields after `expr.`), one call each;
 * of "" all of them. */
UNC_API void unc_complete(unc *u, const char *prefix,
                          void (*found)(void *ud, const char *), void *ud);
UNC_API unc_status unc_type_of(unc *u, const char *text, const char **type);
UNC_API void
unc_vars(unc *u, void (*found)(void *ud, const char *name, const char *type), void *ud);
/* Documentation of a name (signature and comment), or NULL. */
UNC_API const char *unc_doc(unc *u, const char *name);
/* All names that a program may use, by what they are for. */
UNC_API const char *unc_overview(unc *u);

/* ---- for tests ---- */
UNC_API uint64_t unc_allocations(const unc *u); /* so far */

#endif
