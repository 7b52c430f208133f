/* SPDX-License-Identifier: MIT
 * String interpolation: "{value:format}", the format being
 * [<>^][width][.digits][f|e|g|d|%|s].
 */
#include "abstract.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Format {
    char align, kind;
    int width, digits;
} Format;

static bool format_read(Text t, Format *f)
{
    size_t i = 0;
    *f = (Format){0, 0, 0, -1};
    if (i < t.len && strchr("<>^", t.at[i])) f->align = t.at[i++];
    for (; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && f->width < 10000; i++)
        f->width = f->width * 10 + (t.at[i] - '0');
    if (i < t.len && t.at[i] == '.') {
        f->digits = 0;
        for (i++; i < t.len && t.at[i] >= '0' && t.at[i] <= '9' && f->digits < 100; i++)
            f->digits = f->digits * 10 + (t.at[i] - '0');
    }
    if (i < t.len && strchr("fegd%s", t.at[i])) f->kind = t.at[i++];
    return i == t.len;
}

static bool format_number(Out *o, const Format *f, double x)
{
    char text[400];
    int digits = f->digits < 0 ? 6 : f->digits > 60 ? 60 : f->digits;
    if (!isfinite(x)) {
        out_real(o, x);
        return true;
    }
    switch (f->kind) {
    case 'd': snprintf(text, sizeof text, "%.0f", x); break;
    case 'e': snprintf(text, sizeof text, "%.*e", digits, x); break;
    case '%':
        snprintf(text, sizeof text, "%.*f%%", f->digits < 0 ? 0 : digits, 100 * x);
        break;
    case 'f': snprintf(text, sizeof text, "%.*f", digits, x); break;
    default: snprintf(text, sizeof text, "%.*g", digits ? digits : 1, x); break;
    }
    double zero = strtod(text, NULL);
    out_str(o, text[0] == '-' && zero == 0 ? text + 1 : text);
    return true;
}

static void pad(Out *o, size_t n)
{
    while (n-- > 0) out_char(o, ' ');
}

static bool interpolate_part(Interp *I, const Ast *part, Out *o)
{
    Value v;
    Format f;
    if (!eval(I, part->a, &v)) return false;
    if (I->abstract && (v.kind == VALUE_NODE || value_has_unknown(v)))
        return vaguely(I);
    if (v.kind == VALUE_NODE && !recorded_choice(I, v, part->span, "text", &v))
        return false;
    if (!format_read(part->lit.text, &f))
        return fail(I, E0346, part->span, (int)part->lit.text.len, part->lit.text.at);
    Out text;
    out_init(&text, I->memory);
    bool number = value_is_scalar(v) && v.kind != VALUE_BOOL;
    if (number && (f.kind || f.digits >= 0) && f.kind != 's')
        format_number(&text, &f, value_as_real(v));
    else if (f.kind && f.kind != 's') {
        out_free(&text);
        return fail(I, E0347, part->span, (int)part->lit.text.len, part->lit.text.at,
                    value_kind_text(v));
    } else {
        value_print(I, &text, v, false, false);
    }
    size_t columns = text_columns((Text){text.at, text.len});
    size_t room = (size_t)f.width > columns ? (size_t)f.width - columns : 0;
    char align = f.align ? f.align : number ? '>' : '<';
    size_t before = align == '>' ? room : align == '^' ? room / 2 : 0;
    pad(o, before);
    out_text(o, (Text){text.at, text.len});
    pad(o, room - before);
    out_free(&text);
    return true;
}

bool interpolate(Interp *I, const Ast *e, Value *out)
{
    Out o;
    out_init(&o, I->memory);
    bool ok = true, unknown = false;
    for (uint32_t i = 0; ok && i < e->count; i++) {
        if (e->list[i]->kind == AST_STRING)
            out_text(&o, e->list[i]->lit.text);
        else
            ok = interpolate_part(I, e->list[i], &o);
        if (!ok && I->abstract) ok = unknown = true; /* the others are looked at, too */
    }
    if (ok && unknown)
        *out = value_unknown();
    else if (ok)
        *out = value_string(I, (Text){o.at, o.len});
    out_free(&o);
    return ok;
}
