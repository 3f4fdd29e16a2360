#include "CShims.h"

#if defined(__x86_64__)
#include <immintrin.h>

int spindle_has_sha256(void) {
    return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sha");
}

/* Two message words of four are made at a time, as the instructions want it (Intel, "SHA
   Extensions", 2013). */
__attribute__((target("sha,sse4.1,ssse3"))) void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
    __m128i low = _mm_loadu_si128((const __m128i *)&state[0]);
    __m128i high = _mm_loadu_si128((const __m128i *)&state[4]);
    low = _mm_shuffle_epi32(low, 0xB1);
    high = _mm_shuffle_epi32(high, 0x1B);
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xF0);
    for (; blockCount > 0; blockCount--, bytes += 64) {
        const __m128i abefStart = abef, cdghStart = cdgh;
        __m128i words[4];
        for (int part = 0; part < 16; part++) {
            __m128i now;
            if (part < 4) {
                now = _mm_shuffle_epi8(
                    _mm_loadu_si128((const __m128i *)(bytes + 16 * part)), swap);
            } else {
                const __m128i last = words[(part + 3) & 3];
                const __m128i middle = _mm_alignr_epi8(last, words[(part + 2) & 3], 4);
                now = _mm_sha256msg1_epu32(words[part & 3], words[(part + 1) & 3]);
                now = _mm_sha256msg2_epu32(_mm_add_epi32(now, middle), last);
            }
            words[part & 3] = now;
            const __m128i sum =
                _mm_add_epi32(now, _mm_loadu_si128((const __m128i *)&constants[4 * part]));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
        abef = _mm_add_epi32(abef, abefStart);
        cdgh = _mm_add_epi32(cdgh, cdghStart);
    }
    low = _mm_shuffle_epi32(abef, 0x1B);
    high = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(low, high, 0xF0));
    _mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(high, low, 8));
}
#else
int spindle_has_sha256(void) { return 0; }

void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount) {
    (void)state, (void)constants, (void)bytes, (void)blockCount;
}
#endif
