#include "CShims.h"
#include <string.h>

/* The learner's arithmetic, eight coordinates at a time: Swift's square root checks each value for
   errno, which keeps a loop from being vectorised. Lanes and their order are fixed, and nothing
   is fused, so that sums are the same on every machine, whichever of the two clones it takes. */

typedef float float8 __attribute__((vector_size(32), aligned(4)));
typedef double double4 __attribute__((vector_size(32)));
typedef float float4 __attribute__((vector_size(16)));
typedef int32_t int8 __attribute__((vector_size(32)));
typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint64_t long4 __attribute__((vector_size(32)));

#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif

static inline uint64_t pair(const float *table, uint32_t slot) {
    uint64_t bits;
    memcpy(&bits, table + 2 * (size_t)slot, sizeof bits);
    return bits;
}

/* Four pairs, put together in registers: a load of what was just stored in parts would wait. */
#define GATHERED(table, slots)                                                                     \
    (float8)(long4) {                                                                              \
        pair(table, (slots)[0]), pair(table, (slots)[1]), pair(table, (slots)[2]),                 \
            pair(table, (slots)[3])                                                                \
    }

/* Puts the weights where z was. */
static inline __attribute__((always_inline)) void turn_into_weights(
    float8 *z, const float8 *roots, spindle_ftrl_settings settings) {
#pragma clang fp contract(off)
    if (settings.l1 > 0) {
        for (int index = 0; index < 8; index++) {
            // Moved towards 0 by L1, and not beyond.
            const float own = (*z)[index];
            const float size = own < 0 ? -own : own;
            (*z)[index] =
                size <= settings.l1 ? 0 : own - (own > 0 ? settings.l1 : -settings.l1);
        }
    }
    *z = -*z / ((settings.beta + *roots) * settings.inverseAlpha + settings.l2);
}

CLONED double spindle_ftrl_weigh(
    const float *table, spindle_row row, size_t count, float scale,
    spindle_ftrl_settings settings, int32_t *newSlots) {
#pragma clang fp contract(off)
    double4 sums = {0, 0, 0, 0};
    const float8 zero = {0, 0, 0, 0, 0, 0, 0, 0};
    int8 news = {0, 0, 0, 0, 0, 0, 0, 0};
    for (size_t at = 0; at < count; at += SPINDLE_ROW_STEP) {
        const uint32_t *slots = row.slots + at;
        const float8 low = GATHERED(table, slots);
        const float8 high = GATHERED(table, slots + 4);
        float8 z = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
        const float8 roots = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
        memcpy(row.z + at, &z, sizeof z);
        memcpy(row.roots + at, &roots, sizeof roots);
        turn_into_weights(&z, &roots, settings);
        const float8 weights = z;
        memcpy(row.weights + at, &weights, sizeof weights);
        float8 values;
        memcpy(&values, row.values + at, sizeof values);
        const float bias = values[0];
        if (newSlots) news |= (roots == zero) & (values != zero);
        values *= scale;
        if (at == 0) values[0] = bias;
        memcpy(row.values + at, &values, sizeof values);
        const float8 parts = weights * values;
        const float4 first = __builtin_shufflevector(parts, parts, 0, 1, 2, 3);
        const float4 second = __builtin_shufflevector(parts, parts, 4, 5, 6, 7);
        sums += __builtin_convertvector(first, double4);
        sums += __builtin_convertvector(second, double4);
    }
    if (!newSlots) return (sums[0] + sums[1]) + (sums[2] + sums[3]);
    int4 any = __builtin_shufflevector(news, news, 0, 1, 2, 3) |
        __builtin_shufflevector(news, news, 4, 5, 6, 7);
    any |= __builtin_shufflevector(any, any, 2, 3, 0, 1);
    *newSlots = any[0] | any[1];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

CLONED float spindle_ftrl_learn(
    float *table, spindle_row row, size_t count, float gradient, float inverseAlpha) {
#pragma clang fp contract(off)
    // Nothing but zeros, unless something is not finite.
    float8 remainders = {0, 0, 0, 0, 0, 0, 0, 0};
    for (size_t at = 0; at < count; at += SPINDLE_ROW_STEP) {
        float8 values, z, roots, weights;
        memcpy(&values, row.values + at, sizeof values);
        memcpy(&z, row.z + at, sizeof z);
        memcpy(&roots, row.roots + at, sizeof roots);
        memcpy(&weights, row.weights + at, sizeof weights);
        const float8 parts = gradient * values;
        const float8 grown = __builtin_elementwise_sqrt(roots * roots + parts * parts);
        z += parts - (grown - roots) * inverseAlpha * weights;
        // Whatever is not finite on the way, z is not either.
        remainders += z - z;
        const float8 low = __builtin_shufflevector(z, grown, 0, 8, 1, 9, 2, 10, 3, 11);
        const float8 high = __builtin_shufflevector(z, grown, 4, 12, 5, 13, 6, 14, 7, 15);
        uint64_t pairs[8];
        memcpy(pairs, &low, sizeof low);
        memcpy(pairs + 4, &high, sizeof high);
        const uint32_t *slots = row.slots + at;
        for (int index = 0; index < 8; index++) {
            memcpy(table + 2 * (size_t)slots[index], &pairs[index], sizeof(uint64_t));
        }
    }
    float4 halves = __builtin_shufflevector(remainders, remainders, 0, 1, 2, 3) +
        __builtin_shufflevector(remainders, remainders, 4, 5, 6, 7);
    halves += __builtin_shufflevector(halves, halves, 2, 3, 0, 1);
    return halves[0] + halves[1];
}

CLONED void spindle_ftrl_inspect(
    const float *slots, size_t count, spindle_ftrl_settings settings,
    spindle_ftrl_summary *summary) {
#pragma clang fp contract(off)
    const float8 zero = {0, 0, 0, 0, 0, 0, 0, 0};
    double4 squares;
    memcpy(&squares, summary->squares, sizeof squares);
    float8 largest = zero;
    int8 used = {0, 0, 0, 0, 0, 0, 0, 0}, nonZero = used, nonFinite = used;
    for (size_t at = 0; at < count; at += SPINDLE_ROW_STEP) {
        // What lies behind the last slot counts as slots that are not in use.
        float pairs[2 * SPINDLE_ROW_STEP] = {0};
        const size_t left = count - at;
        memcpy(pairs, slots + 2 * at, left < SPINDLE_ROW_STEP ? 8 * left : sizeof pairs);
        float8 low, high;
        memcpy(&low, pairs, sizeof low);
        memcpy(&high, pairs + 8, sizeof high);
        const float8 z = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
        const float8 roots = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
        float8 weights = z;
        turn_into_weights(&weights, &roots, settings);
        // Of a comparison that holds, a lane is -1.
        const int8 isUsed = (z != zero) | (roots != zero);
        const int8 isFinite =
            (weights - weights == zero) & (roots - roots == zero) & (roots >= zero);
        weights = (float8)((int8)weights & isUsed & isFinite);
        used -= isUsed;
        nonFinite -= isUsed & ~isFinite;
        nonZero -= weights != zero;
        largest = __builtin_elementwise_max(largest, __builtin_elementwise_abs(weights));
        const double4 first = __builtin_convertvector(
            __builtin_shufflevector(weights, weights, 0, 1, 2, 3), double4);
        const double4 second = __builtin_convertvector(
            __builtin_shufflevector(weights, weights, 4, 5, 6, 7), double4);
        squares += first * first;
        squares += second * second;
    }
    memcpy(summary->squares, &squares, sizeof squares);
    for (int index = 0; index < 8; index++) {
        summary->usedCount += (uint64_t)used[index];
        summary->nonZeroCount += (uint64_t)nonZero[index];
        summary->nonFiniteCount += (uint64_t)nonFinite[index];
        if (largest[index] > summary->largest) summary->largest = largest[index];
    }
}
