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

/// The first word of a text of up to 16 bytes, and its last one if it has more than eight, each
/// with zeros in the place of what is not its own. 16 bytes must be readable.
static inline uint64_t spindle_head_word(const void *text, size_t size) {
    static const uint64_t masks[17] = {
        0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, ~0ULL,
        ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
    uint64_t word;
    __builtin_memcpy(&word, text, sizeof word);
    return word & masks[size];
}
static inline uint64_t spindle_tail_word(const void *text, size_t size) {
    static const uint64_t masks[17] = {0, 0, 0, 0, 0, 0, 0, 0, 0, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL,
                                       ~0ULL, ~0ULL, ~0ULL};
    uint64_t word;
    __builtin_memcpy(&word, (const char *)text + (size > 8 ? size - 8 : 0), sizeof word);
    return word & masks[size];
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

/// Gives back what any of these functions gave; NULL is nothing.
void spindle_release(void *memory);

/// Memory that will be written all over, on large pages where the system has them; not zeroed;
/// NULL if there is none.
void *spindle_large(size_t size);

/// The same, zeroed.
void *spindle_zeroed_large(size_t size);

/// Puts memory that is in use on large pages. Nothing happens where the system has none.
void spindle_make_large(void *memory, size_t size);

/// The coordinates of one row, side by side, as many of each as there are coordinates, rounded up
/// to `SPINDLE_ROW_STEP`: slot indices and values by the caller, the rest by `spindle_ftrl_weigh`.
typedef struct {
    uint32_t *slots;
    float *values;
    float *z;
    float *roots;
    float *weights;
} spindle_row;

#define SPINDLE_ROW_STEP 8

typedef struct {
    float beta, inverseAlpha, l1, l2;
} spindle_ftrl_settings;

/// Takes a row's pairs of z and root out of a table, computes the weights of FTRL-Proximal from
/// them, multiplies all values but the first, the bias, by `scale`, and gives the sum of weight
/// times value. `count` is a multiple of `SPINDLE_ROW_STEP`.
double spindle_ftrl_weigh(
    const float *table, spindle_row row, size_t count, float scale,
    spindle_ftrl_settings settings);

/// Moves what `spindle_ftrl_weigh` took by one gradient (McMahan et al. 2013, algorithm 1), and
/// puts it back. Of two coordinates in one slot, the last one's step counts.
void spindle_ftrl_learn(
    float *table, spindle_row row, size_t count, float gradient, float inverseAlpha);

#include "TerminalShims.h"

/// Whether this processor has instructions for SHA-256.
int spindle_has_sha256(void);

/// Takes whole blocks of 64 bytes into the state; only where `spindle_has_sha256`.
void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount);
