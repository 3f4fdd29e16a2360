#define _GNU_SOURCE
#include "CShims.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1; the C library's headers may be older than the kernel.
#endif

/* Advises on the large pages that lie wholly in some memory. Refused where the system has none:
   then small ones do. */
static void advise(void *memory, size_t size, int advice) {
    const uintptr_t page = 2 << 20;
    uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(page - 1);
    if (end > start) (void)madvise((void *)start, end - start, advice);
}

void *spindle_large(size_t size) {
    const size_t page = 2 << 20;
    if (size < page) return malloc(size);
    size_t rounded = (size + page - 1) & ~(page - 1);
    void *memory = aligned_alloc(page, rounded);
    if (memory) advise(memory, rounded, MADV_HUGEPAGE);
    return memory;
}

void *spindle_zeroed_large(size_t size) {
    // Beyond this the C library always asks the system, which gives zeros.
    const size_t freshMin = 64 << 20;
    if (size >= freshMin) {
        void *memory = calloc(1, size);
        if (memory) advise(memory, size, MADV_HUGEPAGE);
        return memory;
    }
    void *memory = spindle_large(size);
    return memory ? memset(memory, 0, size) : NULL;
}

void spindle_make_large(void *memory, size_t size) {
    advise(memory, size, MADV_HUGEPAGE);
    advise(memory, size, MADV_COLLAPSE);
}
