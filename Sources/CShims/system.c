#define _GNU_SOURCE
#include "CShims.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *spindle_zeroed_large(size_t size) {
    const size_t page = 2 << 20;
    size_t rounded = (size + page - 1) & ~(page - 1);
    void *memory = aligned_alloc(page, rounded);
    if (!memory) return NULL;
    // Refused where the system has no large pages: then small ones do.
    (void)madvise(memory, rounded, MADV_HUGEPAGE);
    return memset(memory, 0, rounded);
}
