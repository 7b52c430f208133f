/* SPDX-License-Identifier: MIT
 * Names that are not known here, but that people use: those of the library that a later
 * version brings (a row goes when its definition comes), and those of other languages.
 */
#include "front.h"

#include <string.h>

static const struct {
    const char *kind, *names; /* names: between blanks */
} later[] = {
    {"the attack", " patch universal "},
    {"the guide", " fullrank lowrank "},
};

const char *later_kind(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; n > 0 && i < sizeof later / sizeof *later; i++)
        for (const char *at = later[i].names; (at = strstr(at, name)) != NULL; at += n)
            if (at[-1] == ' ' && at[n] == ' ') return later[i].kind;
    return NULL;
}

static const struct {
    const char *name, *here;
} foreign[] = {
    {"True", "it is `true` here"},
    {"False", "it is `false` here"},
    {"None", "it is `none` here"},
    {"NULL", "it is `none` here"},
    {"null", "it is `none` here"},
    {"NaN", "it is `nan` here"},
    {"std", "the standard deviation is `sd`"},
    {"stdev", "the standard deviation is `sd`"},
    {"variance", "it is `var` here"},
    {"dnorm", "it is `Normal(mean, sd)` here; `exp(logpdf(Normal(0, 1), x))` is its "
              "density"},
    {"pnorm", "it is `cdf(Normal(0, 1), x)` here"},
    {"qnorm", "it is `quantile(Normal(0, 1), q)` here"},
    {"rnorm", "it is `sample(Normal(0, 1), n)` here"},
    {"runif", "it is `sample(Uniform(0, 1), n)` here"},
    {"dbern", "it is `Bernoulli(p)` here"},
    {"dbin", "it is `Binomial(n, p)` here"},
    {"dpois", "it is `Poisson(rate)` here"},
    {"dgamma", "it is `Gamma(shape, rate)` here"},
    {"dunif", "it is `Uniform(lo, hi)` here"},
    {"dexp", "it is `Exponential(rate)` here"},
    {"pm", "names stand for themselves here: `prior mu ~ Normal(0, 1)` in a model"},
    {"pyro", "names stand for themselves here: `prior mu ~ Normal(0, 1)` in a model"},
    {"numpyro", "names stand for themselves here: `prior mu ~ Normal(0, 1)` in a "
                "model"},
    {"dist", "distributions stand for themselves here: `Normal(0, 1)`"},
    {"tfd", "distributions stand for themselves here: `Normal(0, 1)`"},
    {"jnp", "names stand for themselves here: `zeros(3)`, `exp(x)`"},
    {"jax", "names stand for themselves here: `grad(f)(x)`"},
    {"numpy", "names stand for themselves here: `zeros(3)`, `exp(x)`"},
    {"math", "names stand for themselves here: `exp(x)`, `pi`"},
    {"pd", "a table is read by `read_csv(\"file.csv\")`"},
    {"plt", "it is `plot(points(x, y), line(x, y), file = \"a.svg\")` here"},
    {"F", "names stand for themselves here: `relu(x)`, `softmax(x)`"},
    {"optim", "optimizers stand for themselves here: `adam(0.001)`"},
    {"nil", "it is `none` here"},
    {"end", "an open end is written `a[1:]`, the last element `a[-1]`"},
    {"c", "a vector is written `[1, 2, 3]`"},
    {"pass", "an empty body is `{ }`"},
    {"N", "the lecture's N(μ, σ²) is `Normal(mu, var = v)`, or `Normal(mu, sd)`"},
    {"target", "a likelihood adds to the log density: `likelihood y: real[N] ~ …`"},
    {"np", "names stand for themselves here: `zeros(3)`, `exp(x)`"},
    {"torch", "names stand for themselves here: `zeros(3)`, `exp(x)`"},
    {"nn", "layers are `dense(50, tanh) >> dense(1)`, placed in a model with `net`"},
    {"tf", "names stand for themselves here: `zeros(3)`, `exp(x)`"},
    {"range", "it is `0..n` here"},
    {"int", "`floor(x)` and `round(x)` give whole numbers; `number(text)` reads one"},
    {"float", "numbers are real where they need be; `number(text)` reads one"},
    {"real", "numbers are real where they need be; `number(text)` reads one"},
    {"arange", "it is `0..n` here"},
    {"rand", "write `sample(Uniform(0, 1), n)`"},
    {"randn", "write `sample(Normal(0, 1), n)`"},
    {"size", "it is `shape(x)` or `len(x)` here"},
    {"length", "it is `len(x)` here"},
    {"ndim", "it is `len(shape(x))` here"},
    {"array", "write `[1, 2, 3]`"},
    {"tensor", "write `[1, 2, 3]`"},
    {"ln", "the natural logarithm is `log`"},
    {"pow", "write `x ^ y`"},
    {"matmul", "write `a @ b`"},
    {"dot", "write `a @ b`"},
    {"gaussian", "it is `Normal(mean, sd)` here"},
    {"normal",
     "it is `Normal(mean, sd)` here; `sample(Normal(0, 1), n)` draws from it"},
    {"Gaussian", "it is `Normal(mean, sd)` here"},
    {"Linear", "it is `dense(units)` here"},
    {"Dense", "it is `dense(units)` here"},
    {"Adam", "it is `adam(0.001)` here"},
    {"SGD", "it is `sgd(0.1)` here"},
};

const char *foreign_name(const char *name)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (strcmp(foreign[i].name, name) == 0) return foreign[i].here;
    return NULL;
}
