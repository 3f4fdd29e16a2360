#define _GNU_SOURCE
#include "CShims.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large blocks come from the system itself, aligned to its large pages. A few that were given back
   are kept: what a checkpoint needs is needed again by the next one, and fresh pages take longer
   than all that is done with them, above all on a virtual machine. */

enum { LARGE_PAGE = 2 << 20, BLOCK_COUNT = 256, SPARE_COUNT_MAX = 4 };

/* Together spares take up no more than this. */
static const size_t spareSizeMax = (size_t)512 << 20;

typedef struct {
    void *memory;
    size_t size;
    /* When it became a spare, counted from 1; 0 while it is in use. */
    uint64_t spareSince;
} block;

static pthread_mutex_t blocksLock = PTHREAD_MUTEX_INITIALIZER;
static block blocks[BLOCK_COUNT];
static uint64_t releaseCount;

/* A spare block with room for so many bytes, and at most as many again. */
static void *take_spare(size_t size) {
    block *best = NULL;
    for (int index = 0; index < BLOCK_COUNT; index++) {
        block *one = &blocks[index];
        if (!one->spareSince || one->size < size || one->size / 2 > size) continue;
        if (!best || one->size < best->size) best = one;
    }
    if (best) best->spareSince = 0;
    return best ? best->memory : NULL;
}

/* Zeroed memory of whole large pages; NULL if there is none. */
static void *map_fresh(size_t size) {
    char *memory = mmap(
        NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    const size_t head = -(uintptr_t)memory & (LARGE_PAGE - 1);
    if (head > 0) (void)munmap(memory, head);
    (void)munmap(memory + head + size, LARGE_PAGE - head);
    // Refused where the system has no large pages: then small ones do.
    (void)madvise(memory + head, size, MADV_HUGEPAGE);
    return memory + head;
}

static void *large(size_t size, int isZeroed) {
    const size_t rounded = (size + LARGE_PAGE - 1) & ~(size_t)(LARGE_PAGE - 1);
    (void)pthread_mutex_lock(&blocksLock);
    void *memory = take_spare(rounded);
    const int isSpare = memory != NULL;
    for (int index = 0; index < BLOCK_COUNT && !memory; index++) {
        if (blocks[index].memory) continue;
        memory = map_fresh(rounded);
        blocks[index] = (block){memory, memory ? rounded : 0, 0};
        if (!memory) break;
    }
    (void)pthread_mutex_unlock(&blocksLock);
    if (!memory) return isZeroed ? calloc(1, size) : malloc(size);
    if (isZeroed && isSpare) memset(memory, 0, size);
    return memory;
}

void *spindle_large(size_t size) { return size < LARGE_PAGE ? malloc(size) : large(size, 0); }

void *spindle_zeroed_large(size_t size) {
    return size < LARGE_PAGE ? calloc(1, size) : large(size, 1);
}

/* Takes the oldest spare out, if there are too many of them, or too much; an empty block if not. */
static block take_surplus(void) {
    size_t count = 0, size = 0;
    block *oldest = NULL;
    for (int index = 0; index < BLOCK_COUNT; index++) {
        block *one = &blocks[index];
        if (!one->spareSince) continue;
        count++;
        size += one->size;
        if (!oldest || one->spareSince < oldest->spareSince) oldest = one;
    }
    block surplus = {NULL, 0, 0};
    if (count > SPARE_COUNT_MAX || size > spareSizeMax) {
        surplus = *oldest;
        *oldest = (block){NULL, 0, 0};
    }
    return surplus;
}

void spindle_release(void *memory) {
    if (!memory) return;
    int isOwn = 0;
    (void)pthread_mutex_lock(&blocksLock);
    for (int index = 0; index < BLOCK_COUNT && !isOwn; index++) {
        if (blocks[index].memory != memory) continue;
        blocks[index].spareSince = ++releaseCount;
        isOwn = 1;
    }
    (void)pthread_mutex_unlock(&blocksLock);
    if (!isOwn) return free(memory);
    for (;;) {
        (void)pthread_mutex_lock(&blocksLock);
        const block surplus = take_surplus();
        (void)pthread_mutex_unlock(&blocksLock);
        if (!surplus.memory) return;
        (void)munmap(surplus.memory, surplus.size);
    }
}

int spindle_pass_cache(int file, int passes) {
#if defined(O_DIRECT)
    const int flags = fcntl(file, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(file, F_SETFL, passes ? flags | O_DIRECT : flags & ~O_DIRECT);
#else
    (void)file;
    return passes ? -1 : 0;
#endif
}
