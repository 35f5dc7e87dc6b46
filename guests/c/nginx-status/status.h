// The page that the stub_status module of nginx answers.

#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

struct status {
    double active, reading, writing, waiting; // connections now
    double accepted, handled, requests;       // since nginx started
};

// Reads a page; false when it is another one.
bool status_read(const char *page, struct status *status);

// What happened between two pages. False when nginx was started anew between them, so that its counters say nothing.
bool status_between(const struct status *before, const struct status *after, struct status *change);

#endif
