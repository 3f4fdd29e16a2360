#define _GNU_SOURCE
#include "CShims.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1; the C library's headers may be older than the kernel.
#endif

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

void spindle_make_large(void *memory, size_t size) {
    const uintptr_t page = 2 << 20;
    uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(page - 1);
    if (end <= start) return;
    (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
    (void)madvise((void *)start, end - start, MADV_COLLAPSE);
}
