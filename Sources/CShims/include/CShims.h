#pragma once

#include <stddef.h>
#include <stdint.h>

/* Header-only, so that each becomes one instruction where it is called. */

/// Asks for the cache line of `address`, to be read and written soon.
static inline void spindle_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// One bit for each of 16 bytes, the first lowest, that is a quote, a backslash, a control character,
/// or part of a character beyond ASCII.
static inline uint32_t spindle_text_stops(const void *bytes) {
    typedef signed char vector16 __attribute__((vector_size(16)));
    vector16 word;
    __builtin_memcpy(&word, bytes, sizeof word);
    // What is beyond ASCII is negative.
    const vector16 stops = (word == '"') | (word == '\\') | (word < ' ');
#if defined(__SSE2__)
    return (uint32_t)__builtin_ia32_pmovmskb128(stops);
#else
    uint32_t bits = 0;
    for (int index = 0; index < 16; index++) bits |= (uint32_t)(stops[index] & 1) << index;
    return bits;
#endif
}

/// Whether 16 bytes are those expected where a second 16 bytes are all ones; these two lie side by
/// side, aligned.
static inline int spindle_same16(const void *bytes, const void *expected) {
    typedef signed char vector16 __attribute__((vector_size(16)));
    const vector16 *const wanted = (const vector16 *)expected;
    vector16 own;
    __builtin_memcpy(&own, bytes, sizeof own);
    const vector16 differs = ~(own == wanted[0]) & wanted[1];
#if defined(__SSE2__)
    return __builtin_ia32_pmovmskb128(differs) == 0;
#else
    int any = 0;
    for (int index = 0; index < 16; index++) any |= differs[index];
    return any == 0;
#endif
}

/// The offset of the first newline in `count` bytes, or `count` if there is none.
static inline size_t spindle_find_newline(const uint8_t *bytes, size_t count) {
    const uint8_t *found = (const uint8_t *)__builtin_memchr(bytes, '\n', count);
    return found ? (size_t)(found - bytes) : count;
}

/* The mathematics of the C library under names that need no module of the system's. */
static inline double spindle_log(double x) { return __builtin_log(x); }
static inline double spindle_log1p(double x) { return __builtin_log1p(x); }
static inline double spindle_exp(double x) { return __builtin_exp(x); }
static inline double spindle_erfc(double x) { return __builtin_erfc(x); }

/// The whole part of what is not negative, without a look at whether there is one.
static inline uint32_t spindle_whole(double x) {
#if defined(__SSE2__)
    typedef double vector2 __attribute__((vector_size(16)));
    return (uint32_t)__builtin_ia32_cvttsd2si((vector2){x, 0});
#else
    return x >= 0 && x < 4294967296.0 ? (uint32_t)x : 0;
#endif
}

/// Zeroed memory whose pages cost nothing until they are written; NULL if there is none.
static inline void *spindle_zeroed(size_t size) { return __builtin_calloc(1, size); }

/// Gives back what any of these functions gave; NULL is nothing.
void spindle_release(void *memory);

/// Memory that will be written all over, on large pages where the system has them; not zeroed;
/// NULL if there is none.
void *spindle_large(size_t size);

/// The same, zeroed.
void *spindle_zeroed_large(size_t size);

/// Whether reads and writes of a file pass the system's cache (`O_DIRECT`); 0 if it could be set.
int spindle_pass_cache(int file, int passes);

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

/// Lays keys out over the slots of a table, each with the value 1: four at a time, because a loop
/// over pointers that may overlap is not vectorised.
static inline void spindle_ftrl_spread(
    const uint32_t *keys, size_t count, uint32_t mask, uint32_t *slots, float *values) {
    typedef uint32_t uint4 __attribute__((vector_size(16), aligned(4), may_alias));
    typedef float float4 __attribute__((vector_size(16), aligned(4), may_alias));
    size_t index = 0;
    for (; index + 4 <= count; index += 4) {
        *(uint4 *)(slots + index) = *(const uint4 *)(keys + index) & mask;
        *(float4 *)(values + index) = (float4){1, 1, 1, 1};
    }
    for (; index < count; index++) {
        slots[index] = keys[index] & mask;
        values[index] = 1;
    }
}

/// Takes a row's pairs of z and root out of a table, computes the weights of FTRL-Proximal from
/// them, multiplies all values but the first, the bias, by `scale`, and gives the sum of weight
/// times value. `count` is a multiple of `SPINDLE_ROW_STEP`. `newSlots`, unless it is NULL, is not 0
/// afterwards if one of the slots, with a value, was not in use.
double spindle_ftrl_weigh(
    const float *table, spindle_row row, size_t count, float scale,
    spindle_ftrl_settings settings, int32_t *newSlots);

/// Moves what `spindle_ftrl_weigh` took by one gradient (McMahan et al. 2013, algorithm 1), and
/// puts it back. Of two coordinates in one slot, the last one's step counts. Gives 0, or NaN if
/// what was put back is not finite.
float spindle_ftrl_learn(
    float *table, spindle_row row, size_t count, float gradient, float inverseAlpha);

/// What the parameters of slots come to.
typedef struct {
    uint64_t usedCount, nonZeroCount, nonFiniteCount;
    float largest;
    /// Of the weights, in lanes.
    double squares[4];
} spindle_ftrl_summary;

/// Adds so many slots: those in use, whose z or root is not 0; among them weights that are not 0,
/// and those where root or weight is not finite, which count for nothing else.
void spindle_ftrl_inspect(
    const float *slots, size_t count, spindle_ftrl_settings settings,
    spindle_ftrl_summary *summary);

/// Four spans of hours, whose sums are rows of four: deviations, their variance, their weight, the
/// count of hours, the scale of scores, and the largest score of late. Gives the largest score of
/// any span now; if it `learns`, scale and largest score follow, a `part` of `days` at a time.
double spindle_window_close(
    double *sums, double peakMax, double part, double days, int learns);

#include "TerminalShims.h"

/// Whether this processor has instructions for SHA-256.
int spindle_has_sha256(void);

/// Takes whole blocks of 64 bytes into the state; only where `spindle_has_sha256`.
void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount);

/// The same for two hashes side by side, in little more time than for one.
void spindle_sha256_blocks_of_two(
    uint32_t state[8], const uint8_t *bytes, uint32_t other[8], const uint8_t *others,
    const uint32_t constants[64], size_t blockCount);

/// From here on SIGTERM and SIGINT are kept for `spindle_await_ending`; gives what that takes, or
/// -1 where they are not.
int spindle_catch_endings(void);

/// Returns 0 once one of them has come.
int spindle_await_ending(int events);

/// They end the process again; who waits for one returns.
void spindle_release_endings(int events);

/// From here on SIGUSR1 is counted, and who sent the last one is kept; before, it ends the process.
void spindle_catch_stops(void);

/// How many have come; the process and the user that the last one came from.
int spindle_stop_signals(void);
int spindle_stop_sender(void);
int spindle_stop_user(void);

/// This process gets a SIGTERM when the one that started it ends. Not 0 where that is refused.
int spindle_end_with_parent(void);
