/* SPDX-License-Identifier: MIT
 * Lines of equal value on a grid: marching squares, each cell by itself.
 */
#include "plot/plot_int.h"

typedef struct Corner {
    double x, y, z;
} Corner;

/* Where the side from a to b crosses the level. */
static Corner crossing(Corner a, Corner b, double level)
{
    double t = (level - a.z) / (b.z - a.z);
    return (Corner){a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), level};
}

void contour_walk(const PlotPart *p, double z,
                  void (*segment)(void *ud, double x0, double y0, double x1, double y1),
                  void *ud)
{
    for (int64_t i = 0; i + 1 < p->height; i++)
        for (int64_t j = 0; j + 1 < p->width; j++) {
            const double *v = p->z + i * p->width + j;
            Corner c[4] = {{p->x[j], p->y[i], v[0]},
                           {p->x[j + 1], p->y[i], v[1]},
                           {p->x[j + 1], p->y[i + 1], v[p->width + 1]},
                           {p->x[j], p->y[i + 1], v[p->width]}};
            Corner cut[4];
            int n = 0, above = 0;
            bool finite = true;
            for (int k = 0; k < 4; k++) {
                finite = finite && plot_finite(c[k].z) && plot_finite(c[k].x) &&
                         plot_finite(c[k].y);
                above |= (c[k].z >= z) << k;
            }
            for (int k = 0; finite && k < 4; k++)
                if ((above >> k & 1) != (above >> (k + 1) % 4 & 1))
                    cut[n++] = crossing(c[k], c[(k + 1) % 4], z);
            if (n ==
                4) { /* a saddle: the middle decides which corners belong together */
                bool middle = (c[0].z + c[1].z + c[2].z + c[3].z) / 4 >= z;
                if (middle != (above & 1)) {
                    Corner first = cut[0];
                    for (int k = 0; k < 3; k++) cut[k] = cut[k + 1];
                    cut[3] = first;
                }
                segment(ud, cut[2].x, cut[2].y, cut[3].x, cut[3].y);
            }
            if (n >= 2) segment(ud, cut[0].x, cut[0].y, cut[1].x, cut[1].y);
        }
}
