// The page of mod_status with `?auto`, lines like
//
//     Total Accesses: 7
//     BusyWorkers: 1
//     Scoreboard: __W_....

#include "status.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

std::optional<Status> Status::read(const std::string &page) {
    std::map<std::string, std::string> lines;
    std::istringstream text(page);
    for (std::string line; std::getline(text, line);) {
        if (auto colon = line.find(": "); colon != std::string::npos) {
            lines.emplace(line.substr(0, colon), line.substr(colon + 2));
        }
    }
    auto number = [&lines](const char *name) {
        auto found = lines.find(name);
        return found == lines.end() ? 0.0 : std::strtod(found->second.c_str(), nullptr);
    };
    if (!lines.contains("BusyWorkers") || !lines.contains("IdleWorkers") || !lines.contains("Scoreboard")) {
        return std::nullopt;
    }
    Status status;
    status.busy = number("BusyWorkers");
    status.idle = number("IdleWorkers");
    status.open = static_cast<double>(std::ranges::count(lines["Scoreboard"], '.'));
    status.uptime = number("ServerUptimeSeconds");
    if (lines.contains("Total Accesses")) {
        status.totals = Totals{number("Total Accesses"), number("Total kBytes"), number("Total Duration")};
    }
    return status;
}
