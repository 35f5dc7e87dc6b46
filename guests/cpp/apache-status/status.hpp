// The machine-readable page of mod_status.

#pragma once

#include <optional>
#include <string>

struct Status {
    double busy = 0, idle = 0; // workers
    double open = 0;           // slots in which a worker could be started
    // Since the server started; absent without `ExtendedStatus On`.
    struct Totals {
        double requests = 0, kilobytes = 0, milliseconds = 0;
    };
    std::optional<Totals> totals;
    double uptime = 0; // seconds

    double workers() const { return busy + idle + open; }

    // Reads a page; nothing when it is another one.
    static std::optional<Status> read(const std::string &page);
};
