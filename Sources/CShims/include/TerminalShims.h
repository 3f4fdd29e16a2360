#pragma once
#include <stdint.h>

// What the terminal target needs of the system and Swift cannot reach.

// An eventfd, non-blocking and closed on exec; -1 on failure.
int shim_event_open(void);
void shim_event_signal(int event);
void shim_event_clear(int event);

// Names the calling thread (15 letters at most), and asks for first place in the run queue,
// which most systems refuse.
void shim_thread_name(const char *name);
void shim_thread_hurry(void);

// Microseconds on the monotonic clock.
int64_t shim_monotonic_microseconds(void);

// The terminal behind standard output, opened afresh so that O_NONBLOCK is ours alone; -1 if
// there is none.
int shim_tty_open(void);
int shim_tty_size(int tty, int *rows, int *columns);
// Every key a byte, none a signal. 0 on success; the settings found are kept.
int shim_tty_raw(int tty);
void shim_tty_restore(int tty);

// Writes the number of each of HUP, INT, TERM, WINCH, TSTP and CONT as a byte to a pipe, and
// returns its reading end; ignores PIPE. A second call puts the handlers back in place, after
// others have set theirs. `…on_crash` also gives the terminal back when the process dies of a
// fault: it writes `restore` and puts the settings of `tty` back.
int shim_signals_open(void);
void shim_signals_on_crash(int tty, const char *restore);
void shim_signals_close(void);

// Stops this process until it is continued.
void shim_stop_self(void);
