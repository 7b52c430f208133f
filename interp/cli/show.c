/* SPDX-License-Identifier: MIT
 * What a run shows: its output, its warnings, and on a terminal one line of progress
 * that is redrawn at most ten times a second and leaves nothing behind.
 */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

double show_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int terminal_columns(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

void show_clear(Show *s)
{
    if (s->drawn) fputs("\r\033[K", stderr);
    s->drawn = false;
}

/* Each line of the text after `# `, so that no TAP reader takes it for a result. */
static void output_comment(Show *s, const char *text, size_t len)
{
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t n = end ? (size_t)(end - text) + 1 : len;
        if (!s->inside_line) fputs("# ", stdout);
        fwrite(text, 1, n, stdout);
        s->inside_line = !end;
        text += n;
        len -= n;
    }
}

void show_output(void *ud, const char *text, size_t len)
{
    Show *s = &((Host *)ud)->show;
    show_clear(s);
    if (s->as_comment) {
        output_comment(s, text, len);
        return;
    }
    if (len > 0) s->inside_line = text[len - 1] != '\n';
    fwrite(text, 1, len, stdout);
}

void show_message(void *ud, const char *text, size_t len)
{
    Show *s = &((Host *)ud)->show;
    show_clear(s);
    fflush(stdout);
    fwrite(text, 1, len, stderr);
}

/* ---- the progress line ---- */
/* 1234567 as "1,234,567". */
static void group_digits(char *out, size_t room, int64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    size_t k = 0;
    for (int i = 0; i < len && k + 2 < room; i++) {
        if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-') out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = 0;
}

/* "0:07", "12:30", "2:00:05". */
static void clock_text(char *out, size_t room, double seconds)
{
    if (!(seconds >= 0) || seconds > 359999) {
        snprintf(out, room, "?");
        return;
    }
    int s = (int)(seconds + 0.5);
    if (s < 3600)
        snprintf(out, room, "%d:%02d", s / 60, s % 60);
    else
        snprintf(out, room, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
}

size_t show_line(char *line, size_t room, const unc_progress *p, int columns)
{
    char step[40], steps[40], loss[48] = "", rate[48] = "", left[48] = "";
    group_digits(step, sizeof step, p->step);
    group_digits(steps, sizeof steps, p->steps);
    if (!isnan(p->loss))
        snprintf(loss, sizeof loss, "  %s %.5g", p->is_elbo ? "ELBO" : "loss",
                 p->is_elbo ? -p->loss : p->loss);
    if (p->steps_per_second >= 10) {
        char text[24];
        group_digits(text, sizeof text, (int64_t)(p->steps_per_second + 0.5));
        snprintf(rate, sizeof rate, "  %s steps/s", text);
    } else if (p->steps_per_second > 0) {
        snprintf(rate, sizeof rate, "  %.2g steps/s", p->steps_per_second);
    }
    if (p->seconds_left >= 0) {
        char text[24];
        clock_text(text, sizeof text, p->seconds_left);
        snprintf(left, sizeof left, "  %s left", text);
    }
    int n = snprintf(line, room, "%s  %s / %s%s%s%s", p->what ? p->what : "", step,
                     steps, loss, rate, left);
    size_t len = n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
    if (columns > 1 && len > (size_t)columns - 1) {
        len = (size_t)columns - 1; /* and not through the middle of a letter */
        while (len > 0 && (line[len] & 0xC0) == 0x80) len--;
    }
    line[len] = 0;
    return len;
}

void show_progress(void *ud, const unc_progress *p)
{
    enum { REDRAWS = 10 }; /* a second: more costs time and flickers */
    const double patience =
        0.25; /* seconds before the first: short fits show nothing */
    Show *s = &((Host *)ud)->show;
    if (p->done) {
        show_clear(s);
        s->began = 0;
        interrupt_served();
        return;
    }
    if (!s->terminal) return;
    double now = show_now();
    if (s->began <= 0) s->began = now;
    if (now - s->began < patience || now - s->last < 1.0 / REDRAWS) return;
    char line[256];
    show_line(line, sizeof line, p, terminal_columns());
    if (!s->drawn) fflush(stdout);
    fprintf(stderr, "\r%s\033[K", line);
    s->drawn = true;
    s->last = now;
}
