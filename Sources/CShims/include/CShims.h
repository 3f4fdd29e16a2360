#pragma once

#include <stddef.h>
#include <stdint.h>

/* Header-only, so that each becomes one instruction where it is called. */

/// Asks for the cache line of `address`, to be read and written soon.
static inline void spindle_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// The offset of the first newline in `count` bytes, or `count` if there is none.
static inline size_t spindle_find_newline(const uint8_t *bytes, size_t count) {
    const uint8_t *found = (const uint8_t *)__builtin_memchr(bytes, '\n', count);
    return found ? (size_t)(found - bytes) : count;
}

/* The mathematics of the C library under names that need no module of the system's. */
static inline double spindle_log(double x) { return __builtin_log(x); }
static inline double spindle_log1p(double x) { return __builtin_log1p(x); }
static inline double spindle_exp(double x) { return __builtin_exp(x); }

/// Zeroed memory whose pages cost nothing until they are written; NULL if there is none.
static inline void *spindle_zeroed(size_t size) { return __builtin_calloc(1, size); }
static inline void spindle_release(void *memory) { __builtin_free(memory); }
#include "TerminalShims.h"

/// Whether this processor has instructions for SHA-256.
int spindle_has_sha256(void);

/// Takes whole blocks of 64 bytes into the state; only where `spindle_has_sha256`.
void spindle_sha256_blocks(
    uint32_t state[8], const uint32_t constants[64], const uint8_t *bytes, size_t blockCount);
