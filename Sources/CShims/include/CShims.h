#pragma once

#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Header-only, so that each becomes one instruction where it is called. */

/// Asks for the cache line of `address`, to be read and written soon.
static inline void spindle_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// The offset of the first newline in `count` bytes, or `count` if there is none.
static inline size_t spindle_find_newline(const uint8_t *bytes, size_t count) {
    const uint8_t *found = (const uint8_t *)__builtin_memchr(bytes, '\n', count);
    return found ? (size_t)(found - bytes) : count;
}

/// How many of 16 bytes come before the first that is a quote, a backslash, a control character
/// or beyond ASCII; 16 if there is none.
static inline size_t spindle_plain_size(const uint8_t *bytes) {
#if defined(__SSE2__)
    const __m128i word = _mm_loadu_si128((const __m128i *)bytes);
    // As signed bytes, control characters and all beyond ASCII lie below the space.
    const __m128i stops = _mm_or_si128(
        _mm_cmplt_epi8(word, _mm_set1_epi8(0x20)),
        _mm_or_si128(
            _mm_cmpeq_epi8(word, _mm_set1_epi8('"')), _mm_cmpeq_epi8(word, _mm_set1_epi8('\\'))));
    return (size_t)__builtin_ctz((unsigned)_mm_movemask_epi8(stops) | 0x10000);
#else
    size_t size = 0;
    while (size < 16 && bytes[size] >= 0x20 && bytes[size] < 0x80 && bytes[size] != '"' &&
           bytes[size] != '\\') {
        size++;
    }
    return size;
#endif
}

/* The mathematics of the C library under names that need no module of the system's. */
static inline double spindle_log(double x) { return __builtin_log(x); }
static inline double spindle_log1p(double x) { return __builtin_log1p(x); }
static inline double spindle_exp(double x) { return __builtin_exp(x); }

/// Zeroed memory whose pages cost nothing until they are written; NULL if there is none.
static inline void *spindle_zeroed(size_t size) { return __builtin_calloc(1, size); }
static inline void spindle_release(void *memory) { __builtin_free(memory); }

/// Memory that will be written all over, by large pages where the system has them; not zeroed;
/// NULL if there is none. Given back with `spindle_release`.
void *spindle_large(size_t size);

/// Zeroed memory of several megabytes that will be used all over: by large pages, where the
/// system has them; NULL if there is none. Given back with `spindle_release`.
void *spindle_zeroed_large(size_t size);

/// Puts memory that is in use on large pages. Nothing happens where the system has none.
void spindle_make_large(void *memory, size_t size);

/* The learner's arithmetic, four coordinates at a time: Swift's square root checks each value for
   errno, which keeps a loop from being vectorised. Lanes and their order are fixed, and nothing
   is fused, so that sums are the same on every machine. */
typedef float spindle_float4 __attribute__((vector_size(16), aligned(4)));
typedef double spindle_double4 __attribute__((vector_size(32)));

/// Weights of FTRL-Proximal from pairs of z and root, and the sum of weight times value. `count`
/// is a multiple of 4; `shrunk` holds z after L1, or is NULL without it.
static inline double spindle_ftrl_weigh(
    const float *pairs, const float *shrunk, const float *values, float *weights, size_t count,
    float beta, float inverseAlpha, float l2) {
#pragma clang fp contract(off)
    spindle_double4 sums = {0, 0, 0, 0};
    for (size_t at = 0; at < count; at += 4) {
        spindle_float4 low = *(const spindle_float4 *)(pairs + 2 * at);
        spindle_float4 high = *(const spindle_float4 *)(pairs + 2 * at + 4);
        spindle_float4 z = __builtin_shufflevector(low, high, 0, 2, 4, 6);
        spindle_float4 root = __builtin_shufflevector(low, high, 1, 3, 5, 7);
        if (shrunk) z = *(const spindle_float4 *)(shrunk + at);
        spindle_float4 weight = -z / ((beta + root) * inverseAlpha + l2);
        *(spindle_float4 *)(weights + at) = weight;
        spindle_float4 part = weight * *(const spindle_float4 *)(values + at);
        sums += __builtin_convertvector(part, spindle_double4);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// Moves pairs of z and root by one gradient (McMahan et al. 2013, algorithm 1).
static inline void spindle_ftrl_learn(
    float *pairs, const float *values, const float *weights, size_t count, float gradient,
    float inverseAlpha) {
#pragma clang fp contract(off)
    for (size_t at = 0; at < count; at += 4) {
        spindle_float4 low = *(const spindle_float4 *)(pairs + 2 * at);
        spindle_float4 high = *(const spindle_float4 *)(pairs + 2 * at + 4);
        spindle_float4 z = __builtin_shufflevector(low, high, 0, 2, 4, 6);
        spindle_float4 root = __builtin_shufflevector(low, high, 1, 3, 5, 7);
        spindle_float4 weight = *(const spindle_float4 *)(weights + at);
        spindle_float4 part = gradient * *(const spindle_float4 *)(values + at);
        spindle_float4 grown = __builtin_elementwise_sqrt(root * root + part * part);
        z += part - (grown - root) * inverseAlpha * weight;
        *(spindle_float4 *)(pairs + 2 * at) = __builtin_shufflevector(z, grown, 0, 4, 1, 5);
        *(spindle_float4 *)(pairs + 2 * at + 4) = __builtin_shufflevector(z, grown, 2, 6, 3, 7);
    }
}

#include "TerminalShims.h"

/// Whether this processor has instructions for SHA-256.
int spindle_has_sha256(void);

/// Takes whole blocks of 64 bytes into the state; only where `spindle_has_sha256`.
void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount);
