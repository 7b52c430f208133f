/* SPDX-License-Identifier: MIT
 * Workers that sleep on a condition until there are pieces, take them by an atomic
 * counter, and sleep again: nobody spins. Who takes which piece never shows in a
 * result.
 */
#include "exec_int.h"

#include <pthread.h>

typedef struct Worker {
    Pool *pool;
    pthread_t thread;
    int number;
} Worker;

struct Pool {
    Memory *memory;
    int threads, room; /* with the caller; workers asked for */
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    /* under the lock */
    uint64_t round; /* one more with each pool_run */
    bool open, closing;
    int active; /* workers in this round */
    /* of the round */
    void (*work)(void *ctx, int64_t piece, int worker);
    void *ctx;
    int64_t pieces;
    _Atomic int64_t next;
    Worker worker[];
};

static void take_pieces(Pool *p, int worker)
{
    for (;;) {
        int64_t piece = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed);
        if (piece >= p->pieces) return;
        p->work(p->ctx, piece, worker);
    }
}

static void *worker_main(void *arg)
{
    Worker *w = arg;
    Pool *p = w->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->closing) {
        if (!p->open || p->round == seen) {
            pthread_cond_wait(&p->wake, &p->lock);
            continue;
        }
        seen = p->round;
        p->active++;
        pthread_mutex_unlock(&p->lock);
        take_pieces(p, w->number);
        pthread_mutex_lock(&p->lock);
        if (--p->active == 0) pthread_cond_signal(&p->idle);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static size_t pool_size(int room)
{
    return sizeof(Pool) + (size_t)room * sizeof(Worker);
}

/* Fewer threads than asked for if the system gives no more. */
Pool *pool_new(Memory *m, int threads)
{
    int room = threads > 1 ? threads - 1 : 0;
    Pool *p = memory_take(m, pool_size(room));
    p->memory = m;
    p->room = room;
    p->threads = 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);
    for (int i = 0; i < room; i++) {
        Worker *w = &p->worker[i];
        w->pool = p;
        w->number = i + 1;
        if (pthread_create(&w->thread, NULL, worker_main, w)) break;
        p->threads++;
    }
    return p;
}

void pool_free(Pool *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->closing = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->threads - 1; i++) pthread_join(p->worker[i].thread, NULL);
    pthread_cond_destroy(&p->idle);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    memory_give(p->memory, p, pool_size(p->room));
}

int pool_threads(const Pool *p) { return p->threads; }

void pool_run(Pool *p, int64_t pieces,
              void (*work)(void *ctx, int64_t piece, int worker), void *ctx)
{
    if (pieces <= 1 || p->threads == 1) {
        for (int64_t i = 0; i < pieces; i++) work(ctx, i, 0);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->work = work;
    p->ctx = ctx;
    p->pieces = pieces;
    atomic_store_explicit(&p->next, 0, memory_order_relaxed);
    p->round++;
    p->open = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    take_pieces(p, 0);
    pthread_mutex_lock(&p->lock);
    p->open = false;
    while (p->active) pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
