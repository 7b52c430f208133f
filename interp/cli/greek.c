/* SPDX-License-Identifier: MIT
 * Greek letters by their LaTeX names, so that `\sigma<Tab>` becomes σ.
 */
#include "cli.h"

#include <string.h>

static const struct {
    const char *name, *letter;
} greek[] = {
    {"alpha", "α"},   {"beta", "β"},  {"gamma", "γ"},   {"delta", "δ"},
    {"epsilon", "ε"}, {"zeta", "ζ"},  {"eta", "η"},     {"theta", "θ"},
    {"iota", "ι"},    {"kappa", "κ"}, {"lambda", "λ"},  {"mu", "μ"},
    {"nu", "ν"},      {"xi", "ξ"},    {"omicron", "ο"}, {"pi", "π"},
    {"rho", "ρ"},     {"sigma", "σ"}, {"tau", "τ"},     {"upsilon", "υ"},
    {"phi", "φ"},     {"chi", "χ"},   {"psi", "ψ"},     {"omega", "ω"},
    {"Gamma", "Γ"},   {"Delta", "Δ"}, {"Theta", "Θ"},   {"Lambda", "Λ"},
    {"Xi", "Ξ"},      {"Pi", "Π"},    {"Sigma", "Σ"},   {"Upsilon", "Υ"},
    {"Phi", "Φ"},     {"Psi", "Ψ"},   {"Omega", "Ω"},   {"vartheta", "ϑ"},
    {"varphi", "ϕ"},  {"varpi", "ϖ"}, {"varrho", "ϱ"},  {"varsigma", "ς"},
    {"ell", "ℓ"},     {"hbar", "ℏ"},
};

const char *greek_letter(const char *name)
{
    for (size_t i = 0; i < sizeof greek / sizeof *greek; i++)
        if (!strcmp(greek[i].name, name)) return greek[i].letter;
    return NULL;
}

const char *greek_name_at(int i)
{
    return (size_t)i < sizeof greek / sizeof *greek ? greek[i].name : NULL;
}
