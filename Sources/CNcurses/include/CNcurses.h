#pragma once
#include <stddef.h>
#include <stdint.h>

// A handful of functions over ncursesw. No header of ncurses is included here: its globals,
// macros and variadic functions are of no use to Swift. All but `cn_locale_is_utf8` and
// `cn_terminal_kind` belong to one thread, the one that paints.

enum {
    CN_BOLD = 1,
    CN_UNDERLINE = 2,
    CN_REVERSE = 4,
};

// What a flush came to.
enum {
    CN_SENT = 0,
    // The terminal is not reading; the rest of the frame waits for `cn_drain`.
    CN_WAITING = 1,
    CN_GONE = -1,
};

// Takes LC_CTYPE, and nothing else, from the environment; true if it is UTF-8.
int cn_locale_is_utf8(void);

// 0: a screen; 1: no cursor addressing; 2: not known to terminfo. Never ends the process.
int cn_terminal_kind(const char *term);

// Opens a screen whose bytes go to `tty`, which must be non-blocking. 0 on success.
int cn_open(const char *term, int tty, int height, int width);

// The number of colours that can be used; 0 on a terminal that has none.
int cn_colours(void);

// Puts `count` cells of one look. Never wraps, and what lies outside of the screen is cut off.
// Colours are -1 for the terminal's own.
void cn_put(
    int row, int column, const uint32_t *scalars, int count, int foreground, int background,
    unsigned looks);

void cn_resize(int height, int width);

// The next flush sends every cell, whatever the terminal is thought to show.
void cn_forget(void);

// Sends what changed since the last flush in one write. Does nothing while a frame waits.
int cn_flush(void);

// Sends bytes that change nothing on the screen, behind what still waits.
int cn_tell(const uint8_t *bytes, size_t count);

// Sends the rest of a frame that the terminal did not take; CN_SENT when none is left.
int cn_drain(void);

// Bytes that the terminal has been sent since the screen was opened.
uint64_t cn_bytes_sent(void);

// Number of writes that were made since the screen was opened.
uint64_t cn_writes_made(void);

// What gives the terminal back to the shell, for a crash handler; ends with a zero.
const char *cn_restore_text(void);

// Leaves the screen, and comes back to it.
void cn_suspend(void);
void cn_restore(void);

// Ends the screen. With `is_gone` the terminal is not touched; otherwise this waits at most
// `wait_milliseconds` for a terminal that does not read.
void cn_close(int is_gone, int wait_milliseconds);
