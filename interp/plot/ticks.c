/* SPDX-License-Identifier: MIT
 * Ticks at 1, 2 or 5 times a power of ten, held as whole numbers, so that labels are
 * exact and the same everywhere; and the ranges of axes.
 */
#include "plot/plot_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Beyond this a picture could overflow on its way to pixels; nobody draws such data. */
#define LARGEST 1e300
/* Ranges narrower than this part of their values are rounding noise. */
#define NOISE 1e-12

bool plot_finite(double x) { return fabs(x) <= LARGEST; /* false for NaN */ }

double axis_place(const Axis *a, double v)
{
    if (a->log) v = v > 0 ? log10(v) : a->lo;
    return a->from + (v / 2 - a->lo / 2) / (a->hi / 2 - a->lo / 2) * (a->to - a->from);
}

bool axis_shows(const Axis *a, double v)
{
    return plot_finite(v) && (!a->log || v > 1 / LARGEST);
}

void axis_range(Axis *a, double lo, double hi, double pad)
{
    if (a->log && lo <= hi) lo = log10(lo), hi = log10(hi);
    if (!(lo <= hi)) lo = 0, hi = 1;
    double size = fmax(fabs(lo), fabs(hi)), span = hi - lo;
    if (span <= size * NOISE || span < 1 / LARGEST) {
        double half = size > 10 / LARGEST ? size * 0.1 : 1;
        lo -= half;
        hi += half;
    }
    span = hi - lo;
    a->lo = lo - pad * span;
    a->hi = hi + pad * span;
}

static double power_of_ten(int n) { return pow(10, n); }

/* x * 10^-power, exact where that is. */
static double scaled(double x, int power)
{
    return power < 0 ? x * power_of_ten(-power) : x / power_of_ten(power);
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

double ticks_value(const Ticks *t, int64_t i)
{
    static const int mantissa[] = {1, 2, 5};
    if (!t->decade) return scaled((double)i, -t->power);
    int64_t decade = floor_div(i, t->decade);
    return scaled(mantissa[i - decade * t->decade], (int)-decade);
}

static uint64_t size_of(int64_t n) { return n < 0 ? 0 - (uint64_t)n : (uint64_t)n; }

static int digits_of(int64_t n)
{
    int d = 1;
    for (uint64_t u = size_of(n); u >= 10; u /= 10) d++;
    return d;
}

/* Decides how labels are written: plain, by a power of ten, or from an origin. */
static void choose_labels(Ticks *t)
{
    enum { MOST_DIGITS = 5 };
    int64_t first = t->first < 0 ? -t->first : t->first;
    int64_t largest = t->last > first ? t->last : first;
    if (digits_of(largest) > MOST_DIGITS + 1 &&
        digits_of(t->last - t->first) + 3 < digits_of(largest)) {
        int64_t unit = 1;
        while (unit <= t->last - t->first) unit *= 10;
        int64_t rest = t->first % unit;
        t->origin = t->first - (rest < 0 ? rest + unit : rest);
        largest = t->last - t->origin;
    }
    int exponent = digits_of(largest) - 1 + t->power;
    if (largest && (exponent >= MOST_DIGITS || exponent < -3)) t->shown = exponent;
}

Ticks ticks_make(double lo, double hi, int most, bool whole)
{
    static const int64_t steps[] = {1, 2, 5, 10};
    double raw = hi / most - lo / most;
    Ticks t = {.power = (int)floor(log10(raw)), .step = 10};
    double part = scaled(raw, t.power);
    for (int i = 3; i >= 0; i--)
        if ((double)steps[i] >= part * (1 - 1e-9)) t.step = steps[i];
    if (whole && (t.power < 0)) t.power = 0, t.step = 1;
    if (t.step == 10) t.power++, t.step = 1;
    double low = scaled(lo, t.power) / (double)t.step;
    double high = scaled(hi, t.power) / (double)t.step;
    if (!(fabs(low) < 1e15 && fabs(high) < 1e15)) return (Ticks){.last = -1, .step = 1};
    t.first = (int64_t)ceil(low - 1e-7) * t.step;
    t.last = (int64_t)floor(high + 1e-7) * t.step;
    if (t.first <= t.last) choose_labels(&t);
    return t;
}

Ticks ticks_log(double lo, double hi, int most)
{
    static const double mantissa[] = {0, 0.30102999566398120, 0.69897000433601880};
    Ticks t = {.step = 1, .decade = 3};
    lo = fmax(lo, log10(1 / LARGEST));
    hi = fmin(hi, log10(LARGEST));
    if (hi - lo > most / 2.0) {
        t.decade = 1;
        t.step = (int64_t)ceil((hi - lo) / most);
        t.first = (int64_t)ceil(lo / (double)t.step - 1e-7) * t.step;
        t.last = (int64_t)floor(hi / (double)t.step + 1e-7) * t.step;
        return t;
    }
    t.first = 3 * (int64_t)floor(lo);
    t.last = t.first - 1;
    int64_t end = 3 * (int64_t)ceil(hi) + 3, first = end;
    for (int64_t i = t.first; i < end; i++) {
        int64_t decade = floor_div(i, 3);
        double at = (double)decade + mantissa[i - 3 * decade];
        if (at < lo - 1e-9 || at > hi + 1e-9) continue;
        if (first == end) first = i;
        t.last = i;
    }
    if (t.last > first) {
        t.first = first;
        return t;
    }
    return ticks_make(pow(10, lo), pow(10, hi), most, false); /* within 2 to 5, say */
}

void axis_ticks(Axis *a, int most)
{
    double lo = fmin(a->lo, a->hi), hi = fmax(a->lo, a->hi);
    a->ticks = a->log ? ticks_log(lo, hi, most) : ticks_make(lo, hi, most, a->whole);
}

/* n * 10^power in decimal digits. */
static TickText decimal(uint64_t n, int power)
{
    TickText text;
    char digits[48];
    int decimals = power < 0 ? -power : 0;
    for (int k = 0; k < power && n < UINT64_MAX / 10; k++) n *= 10;
    int count = snprintf(digits, sizeof digits, "%0*llu",
                         decimals < 40 ? decimals + 1 : 40, (unsigned long long)n);
    int before = count > decimals ? count - decimals : count;
    snprintf(text.at, sizeof text.at, "%.*s%s%s", before, digits, decimals ? "." : "",
             digits + before);
    return text;
}

static void put_power(char *to, size_t room, int power)
{
    static const char *const digit[] = {"\u2070", "\u00B9", "\u00B2", "\u00B3",
                                        "\u2074", "\u2075", "\u2076", "\u2077",
                                        "\u2078", "\u2079"};
    char plain[16];
    snprintf(plain, sizeof plain, "%d", power);
    size_t n = 0;
    for (const char *p = plain; *p; p++) {
        const char *s = *p == '-' ? "\u207B" : digit[*p - '0'];
        while (*s && n + 1 < room) to[n++] = *s++;
    }
    to[n] = 0;
}

/* 0.01, 200, 10⁶, 2×10⁶. */
static TickText decade_label(const Ticks *t, int64_t i)
{
    static const unsigned mantissa[] = {1, 2, 5};
    int64_t decade = floor_div(i, t->decade);
    unsigned m = mantissa[i - decade * t->decade];
    if (decade >= -3 && decade <= 4) return decimal(m, (int)decade);
    TickText text;
    char up[40];
    put_power(up, sizeof up, (int)decade);
    if (m == 1)
        snprintf(text.at, sizeof text.at, "10%s", up);
    else
        snprintf(text.at, sizeof text.at, "%u\u00D710%s", m, up);
    return text;
}

/* Labels of one axis have the same decimals: 0.0, 0.5, 1.0. Minus is U+2212. */
TickText ticks_label(const Ticks *t, int64_t i)
{
    if (t->decade) return decade_label(t, i);
    int64_t n = i - t->origin;
    TickText plain = decimal(size_of(n), t->power - t->shown), text;
    snprintf(text.at, sizeof text.at, "%s%.50s", n < 0 ? "\u2212" : "", plain.at);
    return text;
}

TickText ticks_note(const Ticks *t)
{
    TickText text = {""};
    char up[40];
    if (t->shown) {
        put_power(up, sizeof up, t->shown);
        snprintf(text.at, sizeof text.at, "\u00D710%s", up);
    }
    if (t->origin == 0) return text;
    uint64_t n = size_of(t->origin);
    int power = t->power;
    for (; n % 10 == 0; n /= 10) power++;
    size_t len = strlen(text.at);
    bool plain = power <= 4 && power > -6;
    put_power(up, sizeof up, power);
    snprintf(text.at + len, sizeof text.at - len, "%s%s %.24s%s%s", len ? " " : "",
             t->origin < 0 ? "\u2212" : "+",
             !plain && n == 1 ? "" : decimal(n, plain ? power : 0).at,
             plain    ? ""
             : n == 1 ? "10"
                      : "\u00D710",
             plain ? "" : up);
    return text;
}
