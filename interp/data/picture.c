/* SPDX-License-Identifier: MIT
 * A picture of any form, by what its bytes begin with.
 */
#include "data/bytes.h"

bool picture_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out)
{
    Bytes b = bytes_of(a, d, span, file, bytes);
    if (!bytes_have(&b, 0, 2, "its first bytes")) return false;
    if (b.at[0] == 0x89) return png_read(a, d, span, file, bytes, out);
    if (b.at[0] == 0xFF) return jpeg_read(a, d, span, file, bytes, out);
    if (b.at[0] == 'P') return pnm_read(a, d, span, file, bytes, out);
    return bytes_bad(&b, 0, "none of PNG, JPEG, PGM and PPM begins so");
}
