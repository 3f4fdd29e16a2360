#define _GNU_SOURCE
#include "TerminalShims.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

int shim_event_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void shim_event_signal(int event) {
    uint64_t one = 1;
    // A full counter wakes as well as one more would.
    ssize_t ignored = write(event, &one, sizeof one);
    (void)ignored;
}

void shim_event_clear(int event) {
    uint64_t count = 0;
    ssize_t ignored = read(event, &count, sizeof count);
    (void)ignored;
}

void shim_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

void shim_thread_hurry(void) {
    struct sched_param first = {.sched_priority = 1};
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
}

int64_t shim_monotonic_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int shim_tty_open(void) {
    char path[256];
    if (!isatty(STDOUT_FILENO)) return -1;
    int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    if (ttyname_r(STDOUT_FILENO, path, sizeof path) == 0) {
        int tty = open(path, flags);
        if (tty >= 0) return tty;
    }
    return open("/dev/tty", flags);
}

int shim_tty_size(int tty, int *rows, int *columns) {
    struct winsize size;
    if (ioctl(tty, TIOCGWINSZ, &size) != 0) return -1;
    if (size.ws_row == 0 || size.ws_col == 0) return -1;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

static struct termios settings_found;
static volatile sig_atomic_t settings_known;

int shim_tty_raw(int tty) {
    if (!settings_known) {
        if (tcgetattr(tty, &settings_found) != 0) return -1;
        settings_known = 1;
    }
    struct termios raw = settings_found;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(tty, TCSANOW, &raw);
}

void shim_tty_restore(int tty) {
    // Not TCSADRAIN: that would wait for a terminal that has stopped reading.
    if (settings_known) tcsetattr(tty, TCSANOW, &settings_found);
}

static const int told[] = {SIGHUP, SIGINT, SIGTERM, SIGWINCH, SIGTSTP, SIGCONT};
static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
enum { TOLD = sizeof told / sizeof *told, FAULTS = sizeof faults / sizeof *faults };

static int self_pipe[2] = {-1, -1};
static struct sigaction told_before[TOLD];
static struct sigaction faults_before[FAULTS];
static int is_open;
static int watches_faults;
static volatile sig_atomic_t crash_tty = -1;
static char crash_text[256];
static volatile sig_atomic_t crash_size;

static void tell(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(self_pipe[1], &byte, 1);
    (void)ignored;
    errno = before;
}

static void crash(int number, siginfo_t *about, void *context) {
    (void)context;
    if (crash_tty >= 0) {
        ssize_t ignored = write(crash_tty, crash_text, (size_t)crash_size);
        (void)ignored;
        if (settings_known) tcsetattr(crash_tty, TCSANOW, &settings_found);
        crash_tty = -1;
    }
    for (int index = 0; index < FAULTS; index += 1) {
        if (faults[index] == number) sigaction(number, &faults_before[index], NULL);
    }
    // A fault happens again on return; what was sent, by abort() too, must be sent again.
    if (about->si_code <= 0) raise(number);
}

int shim_signals_open(void) {
    if (!is_open && pipe2(self_pipe, O_NONBLOCK | O_CLOEXEC) != 0) return -1;
    struct sigaction action;
    struct sigaction unused;
    memset(&action, 0, sizeof action);
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < TOLD; index += 1) {
        sigaction(told[index], &action, is_open ? &unused : &told_before[index]);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &unused);
    is_open = 1;
    return self_pipe[0];
}

void shim_signals_on_crash(int tty, const char *restore) {
    size_t size = strlen(restore);
    if (size > sizeof crash_text) size = sizeof crash_text;
    memcpy(crash_text, restore, size);
    crash_size = (sig_atomic_t)size;
    crash_tty = tty;
    if (watches_faults) return;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < FAULTS; index += 1) {
        sigaction(faults[index], &action, &faults_before[index]);
    }
    watches_faults = 1;
}

void shim_signals_close(void) {
    crash_tty = -1;
    if (watches_faults) {
        for (int index = 0; index < FAULTS; index += 1) {
            sigaction(faults[index], &faults_before[index], NULL);
        }
        watches_faults = 0;
    }
    if (!is_open) return;
    // HUP and PIPE must not end an engine that goes on without its screen.
    for (int index = 0; index < TOLD; index += 1) {
        if (told[index] != SIGHUP) sigaction(told[index], &told_before[index], NULL);
    }
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGHUP, &ignore, NULL);
    is_open = 0;
    close(self_pipe[0]);
    close(self_pipe[1]);
    self_pipe[0] = self_pipe[1] = -1;
}

void shim_stop_self(void) { raise(SIGSTOP); }
