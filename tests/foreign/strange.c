/* SPDX-License-Identifier: MIT
 * A library of strangers for tests/foreign.t, built with -Ofast: loading it turns
 * denormals off in the thread that loads, where the compiler links its constructor.
 */
#include <fenv.h>
#include <math.h>
#include <stddef.h>
#include <time.h>

double dot(const double *a, size_t n, const double *b, size_t m)
{
    double sum = 0;
    for (size_t i = 0; i < n && i < m; i++) sum += a[i] * b[i];
    return sum;
}

/* y[i, j] = a[i] b[j] + c */
void outer(const double *a, size_t n, const double *b, size_t m, double c, double *y,
           size_t rows, size_t columns)
{
    if (rows != n || columns != m) return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) y[i * m + j] = a[i] * b[j] + c;
}

int trace(const int *x, size_t rows, size_t columns)
{
    int sum = 0;
    for (size_t i = 0; i < rows && i < columns; i++) sum += x[i * columns + i];
    return sum;
}

void running(const int *x, size_t n, int *y, size_t m)
{
    int sum = 0;
    for (size_t i = 0; i < n && i < m; i++) y[i] = sum += x[i];
}

/* Fills half of what it should. */
void half(double x, double *y, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) y[i] = x;
}

double minus(double x) { return -x; }

/* Leaves the thread with everything changed. */
double careless(double x)
{
    fesetround(FE_UPWARD);
    feraiseexcept(FE_DIVBYZERO | FE_OVERFLOW);
#if defined(__x86_64__)
    unsigned csr = 0;
    unsigned short control = 0x027F; /* the x87 in double precision */
    __asm__ volatile("stmxcsr %0" : "=m"(csr));
    csr |= 0x8040; /* flush to zero, denormals are zero */
    __asm__ volatile("ldmxcsr %0" : : "m"(csr));
    __asm__ volatile("fldcw %0" : : "m"(control));
#endif
    return x;
}

/* x, or −1 if another call is under way in this library. */
double alone(double x)
{
    static volatile int inside;
    int before = inside;
    struct timespec wait = {0, 20000};
    inside = before + 1;
    nanosleep(&wait, NULL);
    double y = before || inside != 1 ? -1 : x;
    inside = inside - 1;
    return y;
}

double count_to(double n) /* sums 1/i, slowly */
{
    double sum = 0;
    for (double i = 1; i <= n; i++) sum += 1 / i;
    return sum;
}
