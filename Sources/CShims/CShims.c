#include "CShims.h"

#if defined(__x86_64__)
#include <immintrin.h>

int spindle_has_sha256(void) {
    return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sha");
}

/* The two halves of a state as the instructions want them, and back. */
typedef struct {
    __m128i abef, cdgh;
} sha_state;

#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

SHA_TARGET static inline sha_state load_state(const uint32_t *state) {
    const __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[0]), 0xB1);
    const __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[4]), 0x1B);
    return (sha_state){_mm_alignr_epi8(low, high, 8), _mm_blend_epi16(high, low, 0xF0)};
}

SHA_TARGET static inline void store_state(sha_state from, uint32_t *state) {
    const __m128i low = _mm_shuffle_epi32(from.abef, 0x1B);
    const __m128i high = _mm_shuffle_epi32(from.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(low, high, 0xF0));
    _mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(high, low, 8));
}

/* Four rounds: one part of sixteen of a block. Two message words of four are made at a time (Intel,
   "SHA Extensions", 2013). */
SHA_TARGET static inline void four_rounds(
    sha_state *state, __m128i words[4], const uint8_t *bytes, const uint32_t *constants, int part) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
    __m128i now;
    if (part < 4) {
        now = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * part)), swap);
    } else {
        const __m128i last = words[(part + 3) & 3];
        const __m128i middle = _mm_alignr_epi8(last, words[(part + 2) & 3], 4);
        now = _mm_sha256msg1_epu32(words[part & 3], words[(part + 1) & 3]);
        now = _mm_sha256msg2_epu32(_mm_add_epi32(now, middle), last);
    }
    words[part & 3] = now;
    const __m128i sum =
        _mm_add_epi32(now, _mm_loadu_si128((const __m128i *)&constants[4 * part]));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

SHA_TARGET static inline sha_state sum_of(sha_state one, sha_state other) {
    return (sha_state){
        _mm_add_epi32(one.abef, other.abef), _mm_add_epi32(one.cdgh, other.cdgh)};
}

SHA_TARGET void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount) {
    sha_state now = load_state(state);
    for (; blockCount > 0; blockCount--, bytes += 64) {
        const sha_state start = now;
        __m128i words[4];
        // Unrolled, so that the words are registers.
#pragma clang loop unroll(full)
        for (int part = 0; part < 16; part++) four_rounds(&now, words, bytes, constants, part);
        now = sum_of(now, start);
    }
    store_state(now, state);
}

/* One round waits for the one before: while it does, there is time for that of another hash. */
SHA_TARGET void spindle_sha256_blocks_of_two(
    uint32_t state[8], const uint8_t *bytes, uint32_t other[8], const uint8_t *others,
    const uint32_t constants[64], size_t blockCount) {
    sha_state now = load_state(state), beside = load_state(other);
    for (; blockCount > 0; blockCount--, bytes += 64, others += 64) {
        const sha_state start = now, startBeside = beside;
        __m128i words[4], wordsBeside[4];
#pragma clang loop unroll(full)
        for (int part = 0; part < 16; part++) {
            four_rounds(&now, words, bytes, constants, part);
            four_rounds(&beside, wordsBeside, others, constants, part);
        }
        now = sum_of(now, start);
        beside = sum_of(beside, startBeside);
    }
    store_state(now, state);
    store_state(beside, other);
}
#else
int spindle_has_sha256(void) { return 0; }

void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount) {
    (void)state, (void)constants, (void)bytes, (void)blockCount;
}

void spindle_sha256_blocks_of_two(
    uint32_t state[8], const uint8_t *bytes, uint32_t other[8], const uint8_t *others,
    const uint32_t constants[64], size_t blockCount) {
    (void)state, (void)bytes, (void)other, (void)others, (void)constants, (void)blockCount;
}
#endif
