// The page of stub_status, for example
//
//     Active connections: 291
//     server accepts handled requests
//      16630948 16630948 31070465
//     Reading: 6 Writing: 179 Waiting: 106

#include "status.h"

#include <stdio.h>

bool status_read(const char *page, struct status *status) {
    int end = 0;
    *status = (struct status){0};
    int found = sscanf(page,
                       "Active connections: %lf server accepts handled requests %lf %lf %lf Reading: %lf Writing: %lf "
                       "Waiting: %lf%n",
                       &status->active, &status->accepted, &status->handled, &status->requests, &status->reading,
                       &status->writing, &status->waiting, &end);
    return found == 7 && end > 0;
}

bool status_between(const struct status *before, const struct status *after, struct status *change) {
    *change = *after;
    change->accepted -= before->accepted;
    change->handled -= before->handled;
    change->requests -= before->requests;
    return change->accepted >= 0 && change->handled >= 0 && change->requests >= 0;
}
