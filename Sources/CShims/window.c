#include "CShims.h"

/* Four spans of hours at a time; nothing is fused, so that figures are the same on every machine,
   whichever of the two clones it takes. */

typedef double double4 __attribute__((vector_size(32), aligned(8)));
typedef int64_t mask4 __attribute__((vector_size(32)));

/* Macros, because a vector as an argument would differ between the two clones. */
#define CHOSEN(mask, yes, no) ((double4)(((mask) & (mask4)(yes)) | (~(mask) & (mask4)(no))))
#define LARGER(one, other) CHOSEN((one) > (other), one, other)

#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("avx2", "default")))
#endif
double spindle_window_close(
    double *sums, double peakMax, double part, double days, int learns) {
#pragma clang fp contract(off)
    double4 *rows = (double4 *)sums;
    const double4 deviation = rows[0], variance = rows[1], weight = rows[2], hours = rows[3];
    const double4 scale = rows[4];
    const double4 none = {0, 0, 0, 0}, one = {1, 1, 1, 1}, nine = {9, 9, 9, 9};
    const double4 spans = {2, 6, 24, 72};
    const mask4 isKnown = (hours + hours > spans) & (variance > none) & (weight > none);
    const double4 floor = LARGER(scale, one);
    // Where nothing is known, of 1 instead, so that nothing is divided by 0.
    const double4 spread = CHOSEN(isKnown, variance * floor, one);
    const double4 score =
        CHOSEN(isKnown, deviation / __builtin_elementwise_sqrt(spread), none);
    const double4 size = LARGER(score, -score);
    double loudest = 0;
    for (int which = 0; which < 4; which++) {
        if (size[which] > loudest) loudest = size[which];
    }
    if (!learns) return loudest;
    const mask4 isScored = size > none;
    const double4 most = {peakMax, peakMax, peakMax, peakMax};
    const double4 newest = LARGER(rows[5], CHOSEN(size < most, size, most));
    rows[5] = CHOSEN(isScored, newest, rows[5]);
    // One that is far out counts as one that is just unusual.
    const double4 own = score * score;
    const double4 square = CHOSEN(own < nine, own, nine) * floor;
    rows[4] = CHOSEN(isScored, scale + (square - scale) * part / days, scale);
    return loudest;
}
