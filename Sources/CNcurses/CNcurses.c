#define _GNU_SOURCE
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1

#include "CNcurses.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

// ncurses makes one write(2) for each move of the cursor. It is given a file in memory to write
// to, and what gathered there goes to the terminal in one piece.

#define BEGIN_FRAME "\033[?2026h"
#define END_FRAME "\033[?2026l"
#define PASTE_ON "\033[?2004h"
// The mouse may be on; off is off, too.
#define PASTE_OFF "\033[?2004l\033[?1000l\033[?1006l"

enum { CELLS_MAX = 1024 };

static SCREEN *screen;
static FILE *sink;
static FILE *source;
static int tty = -1;
static int knows_modes;
static char restore_text[256];

// The frame on its way: bytes from `frame_sent` up to `frame_size` are still to be taken.
static char *frame;
static size_t frame_capacity;
static size_t frame_size;
static size_t frame_sent;
static uint64_t bytes_sent;
static uint64_t writes_made;

static int open_memory(void) { return memfd_create("spindle-screen", MFD_CLOEXEC); }

int cn_locale_is_utf8(void) {
    if (!setlocale(LC_CTYPE, "")) return 0;
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int cn_terminal_kind(const char *term) {
    int status = 0;
    if (!term || !*term) return 2;
    int memory = open_memory();
    if (memory < 0) return 2;
    int result = setupterm((char *)term, memory, &status);
    int kind = 0;
    if (result != OK) {
        kind = 2;
    } else {
        const char *cup = tigetstr("cup");
        if (!cup || cup == (char *)-1 || tigetflag("hc") > 0) kind = 1;
        del_curterm(cur_term);
    }
    close(memory);
    return kind;
}

static void append_capability(const char *name) {
    const char *text = tigetstr((char *)name);
    if (!text || text == (char *)-1) return;
    // Padding such as $<5> is for the terminals of another age, and is left out.
    size_t used = strlen(restore_text);
    while (*text && used + 1 < sizeof restore_text) {
        if (text[0] == '$' && text[1] == '<') {
            const char *end = strchr(text, '>');
            if (end) {
                text = end + 1;
                continue;
            }
        }
        restore_text[used++] = *text++;
    }
    restore_text[used] = 0;
}

static void append_frame(const char *bytes, size_t count) {
    if (frame_size + count > frame_capacity) {
        size_t wanted = (frame_size + count) * 2;
        char *larger = realloc(frame, wanted);
        if (!larger) return;
        frame = larger;
        frame_capacity = wanted;
    }
    memcpy(frame + frame_size, bytes, count);
    frame_size += count;
}

// Moves what ncurses wrote into the frame; returns the number of bytes.
static size_t collect(void) {
    fflush(sink);
    int memory = fileno(sink);
    off_t size = lseek(memory, 0, SEEK_END);
    size_t total = 0;
    char part[4096];
    while (size > 0 && total < (size_t)size) {
        ssize_t got = pread(memory, part, sizeof part, (off_t)total);
        if (got <= 0) break;
        append_frame(part, (size_t)got);
        total += (size_t)got;
    }
    if (ftruncate(memory, 0) != 0) return total;
    lseek(memory, 0, SEEK_SET);
    return total;
}

int cn_drain(void) {
    while (frame_sent < frame_size) {
        ssize_t sent = write(tty, frame + frame_sent, frame_size - frame_sent);
        if (sent > 0) {
            writes_made += 1;
            bytes_sent += (uint64_t)sent;
            frame_sent += (size_t)sent;
        } else if (sent < 0 && errno == EINTR) {
            continue;
        } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return CN_WAITING;
        } else {
            frame_sent = frame_size = 0;
            return CN_GONE;
        }
    }
    frame_sent = frame_size = 0;
    return CN_SENT;
}

int cn_open(const char *term, int to_tty, int height, int width) {
    int memory = open_memory();
    if (memory < 0) return -1;
    sink = fdopen(memory, "w");
    source = fopen("/dev/null", "re");
    if (!sink || !source) return -1;
    tty = to_tty;
    frame_size = frame_sent = 0;
    bytes_sent = writes_made = 0;
    // Consoles of the kernel and of old hardware may print what they do not know.
    knows_modes = strncmp(term, "linux", 5) != 0 && strncmp(term, "vt", 2) != 0
        && strncmp(term, "ansi", 4) != 0 && strncmp(term, "cons", 4) != 0;
    use_env(FALSE);
    // Without this a terminal that terminfo gives no size, such as linux, has none at all.
    use_tioctl(TRUE);
    screen = newterm((char *)term, sink, source);
    if (!screen) return -1;
    set_term(screen);
    set_escdelay(25);
    typeahead(-1);
    raw();
    noecho();
    nonl();
    leaveok(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    curs_set(0);
    restore_text[0] = 0;
    if (knows_modes) strcat(restore_text, END_FRAME PASTE_OFF);
    append_capability("sgr0");
    append_capability("cnorm");
    append_capability("rmcup");
    if (knows_modes) append_frame(PASTE_ON, strlen(PASTE_ON));
    resize_term(height, width);
    return 0;
}

int cn_colours(void) { return has_colors() ? COLORS : 0; }

void cn_put(
    int row, int column, const uint32_t *scalars, int count, int foreground, int background,
    unsigned looks) {
    if (row < 0 || row >= LINES || column < 0 || column >= COLS || count <= 0) return;
    if (count > COLS - column) count = COLS - column;
    if (count > CELLS_MAX) count = CELLS_MAX;
    attr_t attributes = A_NORMAL;
    if (looks & CN_BOLD) attributes |= A_BOLD;
    if (looks & CN_UNDERLINE) attributes |= A_UNDERLINE;
    if (looks & CN_REVERSE) attributes |= A_REVERSE;
    int pair = 0;
    if (has_colors() && (foreground >= 0 || background >= 0)) {
        pair = alloc_pair(foreground, background);
        if (pair < 0) pair = 0;
    }
    cchar_t cells[CELLS_MAX];
    for (int index = 0; index < count; index += 1) {
        wchar_t text[2] = {(wchar_t)scalars[index], 0};
        setcchar(&cells[index], text, attributes, 0, &pair);
    }
    mvadd_wchnstr(row, column, cells, count);
}

void cn_resize(int height, int width) {
    resize_term(height, width);
    cn_forget();
}

void cn_forget(void) { clearok(curscr, TRUE); }

int cn_flush(void) {
    if (frame_sent < frame_size) {
        int rest = cn_drain();
        if (rest != CN_SENT) return rest;
    }
    size_t mark = frame_size;
    if (knows_modes) append_frame(BEGIN_FRAME, strlen(BEGIN_FRAME));
    wnoutrefresh(stdscr);
    doupdate();
    if (collect() == 0) {
        frame_size = mark;
        if (mark == 0) return CN_SENT;
    } else if (knows_modes) {
        append_frame(END_FRAME, strlen(END_FRAME));
    }
    return cn_drain();
}

int cn_tell(const uint8_t *bytes, size_t count) {
    append_frame((const char *)bytes, count);
    return cn_drain();
}

uint64_t cn_bytes_sent(void) { return bytes_sent; }

uint64_t cn_writes_made(void) { return writes_made; }

const char *cn_restore_text(void) { return restore_text; }

static void drain_within(int wait_milliseconds) {
    while (cn_drain() == CN_WAITING && wait_milliseconds > 0) {
        struct pollfd one = {.fd = tty, .events = POLLOUT};
        poll(&one, 1, 20);
        if (one.revents & (POLLHUP | POLLERR | POLLNVAL)) return;
        wait_milliseconds -= 20;
    }
}

void cn_suspend(void) {
    endwin();
    collect();
    if (knows_modes) append_frame(PASTE_OFF, strlen(PASTE_OFF));
    drain_within(200);
}

void cn_restore(void) {
    if (knows_modes) append_frame(PASTE_ON, strlen(PASTE_ON));
    cn_forget();
}

void cn_close(int is_gone, int wait_milliseconds) {
    if (!screen) return;
    endwin();
    collect();
    if (is_gone) {
        frame_sent = frame_size = 0;
    } else {
        if (knows_modes) append_frame(PASTE_OFF END_FRAME, strlen(PASTE_OFF END_FRAME));
        drain_within(wait_milliseconds);
    }
    delscreen(screen);
    screen = NULL;
    fclose(sink);
    fclose(source);
    free(frame);
    frame = NULL;
    frame_capacity = frame_size = frame_sent = 0;
    tty = -1;
}
