#define _GNU_SOURCE
#include "CShims.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *spindle_large(size_t size) {
    const size_t page = 2 << 20;
    if (size < page) return malloc(size);
    size_t rounded = (size + page - 1) & ~(page - 1);
    void *memory = aligned_alloc(page, rounded);
    // Refused where the system has no large pages: then small ones do.
    if (memory) (void)madvise(memory, rounded, MADV_HUGEPAGE);
    return memory;
}

void *spindle_zeroed_large(size_t size) {
    void *memory = spindle_large(size);
    return memory ? memset(memory, 0, size) : NULL;
}
