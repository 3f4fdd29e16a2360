#include "CShims.h"
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

int spindle_end_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGTERM); }

static const int endings[] = {SIGTERM, SIGINT};
static volatile sig_atomic_t ending_events = -1;

static void note_ending(int number) {
    (void)number;
    int before = errno;
    uint64_t one = 1;
    ssize_t written = write(ending_events, &one, sizeof one);
    (void)written;
    errno = before;
}

static void handle_endings(void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t index = 0; index < sizeof endings / sizeof endings[0]; index++)
        sigaction(endings[index], &action, NULL);
}

static volatile sig_atomic_t stop_signals, stop_sender, stop_user;

static void note_stop(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    stop_sender = info->si_pid;
    stop_user = (sig_atomic_t)info->si_uid;
    stop_signals = stop_signals + 1;
}

void spindle_catch_stops(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = note_stop;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
}

int spindle_stop_signals(void) { return stop_signals; }
int spindle_stop_sender(void) { return stop_sender; }
int spindle_stop_user(void) { return stop_user; }

int spindle_catch_endings(void) {
    ending_events = eventfd(0, EFD_CLOEXEC);
    if (ending_events >= 0) handle_endings(note_ending);
    return ending_events;
}

int spindle_await_ending(int events) {
    uint64_t count;
    ssize_t size;
    do size = read(events, &count, sizeof count);
    while (size < 0 && errno == EINTR);
    return size == sizeof count ? 0 : -1;
}

void spindle_release_endings(int events) {
    handle_endings(SIG_DFL);
    uint64_t one = 1;
    ssize_t written = write(events, &one, sizeof one);
    (void)written;
}
