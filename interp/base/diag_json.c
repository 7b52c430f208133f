/* SPDX-License-Identifier: MIT
 * Diagnostics for tools: each as a JSON object (RFC 8259) on a line of its own. Lines
 * and columns count from 1, columns in code points; ends are exclusive.
 */
#include "diag.h"

static void json_text(Out *o, Text t)
{
    out_char(o, '"');
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == '"' || c == '\\')
            out_fmt(o, "\\%c", c);
        else if (c == '\n')
            out_str(o, "\\n");
        else if (c < 0x20)
            out_fmt(o, "\\u%04x", c);
        else
            out_char(o, (char)c);
    }
    out_char(o, '"');
}

void diag_place(Text text, uint32_t offset, uint32_t *line, uint32_t *column)
{
    if (offset > text.len) offset = (uint32_t)text.len;
    *line = *column = 1;
    for (uint32_t i = 0; i < offset; i++) {
        if (text.at[i] == '\n') {
            ++*line;
            *column = 1;
        } else {
            *column += ((unsigned char)text.at[i] & 0xC0u) != 0x80u;
        }
    }
}

static void json_span(Out *o, Span span, SourceView view)
{
    uint32_t line, column, end_line, end_column;
    diag_place(view.text, span.from, &line, &column);
    diag_place(view.text, span.to, &end_line, &end_column);
    out_str(o, "\"file\": ");
    json_text(o, view.name);
    out_fmt(o, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u",
            line, column, end_line, end_column);
}

void diag_json(Out *o, const Diag *d, SourceView (*source)(void *ud, uint32_t number),
               void *ud)
{
    static const char *const words[] = {"error", "warning", "note"};
    out_fmt(o, "{\"code\": \"%s\", \"severity\": \"%s\", ", diag_code_name(d->code),
            words[diag_severity(d->code)]);
    if (d->span.source) {
        json_span(o, d->span, source(ud, d->span.source));
        out_str(o, ", ");
    }
    out_str(o, "\"message\": ");
    json_text(o, text_of(d->message));
    if (d->at) {
        out_str(o, ", \"at\": ");
        json_text(o, text_of(d->at));
    }
    out_str(o, ", \"labels\": [");
    for (int i = 0, n = 0; i < d->labels; i++) {
        if (!d->label[i].span.source) continue;
        out_str(o, n++ ? ", {" : "{");
        json_span(o, d->label[i].span, source(ud, d->label[i].span.source));
        out_str(o, ", \"text\": ");
        json_text(o, text_of(d->label[i].text));
        out_char(o, '}');
    }
    out_char(o, ']');
    if (diag_advice(d)) {
        out_str(o, ", \"help\": ");
        json_text(o, text_of(diag_advice(d)));
    }
    out_str(o, "}");
}
