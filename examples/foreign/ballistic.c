/* SPDX-License-Identifier: MIT
 * A ball thrown with quadratic drag, x'' = −k |v| x', y'' = −k |v| y' − g: how far it
 * flies, and the slopes of that in speed, angle and drag. The slopes are integrated
 * beside the path (forward sensitivities).
 */
#include <math.h>

enum { STATE = 4, INPUTS = 3 };
static const double gravity = 9.81, step = 0.02;

/* A place on the path: x, y and their velocities, and the slopes of these four in each
 * input. */
typedef struct Place {
    double s[STATE], ds[INPUTS][STATE];
} Place;

/* The velocity of a place; k is the drag, input 2. */
static Place rate(const Place *p, double k)
{
    double u = p->s[2], v = p->s[3], speed = sqrt(u * u + v * v);
    Place r = {.s = {u, v, -k * speed * u, -k * speed * v - gravity}};
    for (int i = 0; i < INPUTS; i++) {
        double du = p->ds[i][2], dv = p->ds[i][3], dk = i == 2;
        double dspeed = (u * du + v * dv) / speed;
        r.ds[i][0] = du;
        r.ds[i][1] = dv;
        r.ds[i][2] = -dk * speed * u - k * (dspeed * u + speed * du);
        r.ds[i][3] = -dk * speed * v - k * (dspeed * v + speed * dv);
    }
    return r;
}

static Place plus(const Place *p, double h, const Place *r)
{
    Place q = *p;
    for (int j = 0; j < STATE; j++) q.s[j] += h * r->s[j];
    for (int i = 0; i < INPUTS; i++)
        for (int j = 0; j < STATE; j++) q.ds[i][j] += h * r->ds[i][j];
    return q;
}

/* One step of length h by the classical method of Runge and Kutta. */
static Place advance(const Place *p, double k, double h)
{
    Place a = rate(p, k), q = plus(p, h / 2, &a);
    Place b = rate(&q, k);
    q = plus(p, h / 2, &b);
    Place c = rate(&q, k);
    q = plus(p, h, &c);
    Place d = rate(&q, k);
    q = plus(p, h / 6, &a);
    q = plus(&q, h / 3, &b);
    q = plus(&q, h / 3, &c);
    return plus(&q, h / 6, &d);
}

/* How far; slope[i] is that in input i. The last step is as long as it takes to come to
 * the ground, y = 0; the slopes hold the time of landing to that. */
static double fly(double speed, double angle, double drag, double slope[INPUTS])
{
    double c = cos(angle), s = sin(angle);
    Place p = {.s = {0, 0, speed * c, speed * s},
               .ds = {{0, 0, c, s}, {0, 0, -speed * s, speed * c}}};
    if (!(speed > 0 && drag >= 0 && s > 0)) return NAN;
    Place next = advance(&p, drag, step);
    while (next.s[1] > 0) {
        p = next;
        next = advance(&p, drag, step);
    }
    double h = step;
    for (int i = 0; i < 20 && fabs(next.s[1]) > 1e-13; i++) {
        h -= next.s[1] / next.s[3];
        next = advance(&p, drag, h);
    }
    for (int i = 0; i < INPUTS; i++)
        slope[i] = next.ds[i][0] - next.s[2] / next.s[3] * next.ds[i][1];
    return next.s[0];
}

/* metres; speed in m/s, angle in radians, drag in 1/m */
double reach(double speed, double angle, double drag)
{
    double slope[INPUTS];
    return fly(speed, angle, drag, slope);
}

/* The slope of reach in its input 0, 1 or 2. */
double reach_slope(double speed, double angle, double drag, int input)
{
    double slope[INPUTS] = {NAN, NAN, NAN};
    fly(speed, angle, drag, slope);
    return input >= 0 && input < INPUTS ? slope[input] : NAN;
}
