// Measures an Apache HTTP Server by its mod_status page: its workers, and how many requests come and how long they take.

#include <servo.hpp>

#include <algorithm>

#include "status.hpp"

namespace {

// How Apache is made to answer, said where it does not.
constexpr char location[] = "load mod_status and put `<Location /server-status> SetHandler server-status; Require local "
                            "</Location>` into the configuration of Apache";
constexpr char extended[] = "put `ExtendedStatus On` into the configuration of Apache";

class ApacheStatus : public servo::Connector {
  public:
    void settings(servo::Settings &settings) override {
        settings.endpoint("url", url)
            .doc("The page of mod_status, without `?auto`. Credentials for it belong into the grants.")
            .example(R"("http://127.0.0.1/server-status")");
        settings.duration("interval", interval)
            .doc("Time between two looks at the page.")
            .fallback(R"("1s")")
            .between(50, 3600e3);
    }

    servo::Result<std::vector<servo::Metric>> metrics() override {
        return std::vector<servo::Metric>{
            {"busy_workers", ""},        {"idle_workers", ""},       {"worker_use", "%"},
            {"requests_per_second", "rps"}, {"bytes_per_second", "B/s"}, {"response_time", "ms"},
        };
    }

    servo::Result<servo::Description> describe(const servo::Control &) override {
        return servo::Description{.components = {}, .metrics = *metrics()};
    }

    servo::Result<servo::Measurement> measure(const std::vector<std::string> &wanted,
                                              const servo::Control &control) override {
        std::optional<Status> before;
        double seen = 0;
        bool restarted = false;
        auto measured = servo::sample(control, interval, [&](double at) -> servo::Result<std::vector<servo::Scalar>> {
            auto now = look();
            if (!now) {
                return std::unexpected(now.error());
            }
            std::vector<servo::Scalar> sample{
                {"busy_workers", "", at, now->busy},
                {"idle_workers", "", at, now->idle},
                {"worker_use", "", at, now->workers() > 0 ? now->busy / now->workers() * 100 : 0},
            };
            if (before && before->totals && now->totals && at > seen) {
                if (now->uptime < before->uptime || now->totals->requests < before->totals->requests) {
                    restarted = true;
                } else {
                    add_rates(sample, *before->totals, *now->totals, at, at - seen);
                }
            }
            before = *now;
            seen = at;
            std::erase_if(sample, [&](const servo::Scalar &scalar) {
                return !wanted.empty() && std::ranges::find(wanted, scalar.metric) == wanted.end();
            });
            return sample;
        });
        if (measured && restarted) {
            servo::warning("Apache was started anew during the measurement; one interval has no rates");
            measured->annotations.emplace_back("restarted", "Apache was started anew during the measurement");
        }
        return measured;
    }

    std::vector<servo::Check> checks() override {
        return {
            {
                .id = "page",
                .name = "Read the status page",
                .description = "Apache answers, and what it answers is the page of mod_status",
                .severity = servo::Check::Severity::critical,
                .tags = {},
                .run = [this] { return check_page(); },
                .remedy = {},
            },
            {
                .id = "extended",
                .name = "Extended status",
                .description = "Apache counts its requests",
                .severity = servo::Check::Severity::common,
                .tags = {},
                .run = [this] { return check_extended(); },
                .remedy = {},
            },
            {
                .id = "workers",
                .name = "Free workers",
                .description = "Apache has a worker for the next request",
                .severity = servo::Check::Severity::warning,
                .tags = {},
                .run = [this] { return check_workers(); },
                .remedy = {},
            },
        };
    }

  private:
    std::string url;
    servo::Milliseconds interval{0};

    // Apache counts a request when it has ended, so between two looks the earlier one was counted.
    static void add_rates(std::vector<servo::Scalar> &sample, const Status::Totals &before, const Status::Totals &now,
                          double at, double seconds) {
        double requests = std::max(now.requests - before.requests - 1, 0.0);
        sample.push_back({"requests_per_second", "", at, requests / seconds});
        sample.push_back({"bytes_per_second", "", at, (now.kilobytes - before.kilobytes) * 1024 / seconds});
        if (requests > 0) {
            sample.push_back({"response_time", "", at, (now.milliseconds - before.milliseconds) / requests});
        }
    }

    servo::Result<Status> look() const {
        auto response = servo::get(url + "?auto");
        if (!response) {
            return std::unexpected(response.error());
        }
        if (response->status == 401 || response->status == 403) {
            return servo::fail(servo::Code::denied, servo::format("Apache refuses to show `%s`: status %d", url.c_str(),
                                                                  response->status));
        }
        auto status = Status::read(response->body);
        if (response->status != 200 || !status) {
            return servo::failed(servo::format("`%s?auto` is not the page of mod_status (status %d); %s", url.c_str(),
                                               response->status, location));
        }
        return *status;
    }

    servo::Result<servo::Outcome> check_page() const {
        auto status = look();
        if (status) {
            return servo::Outcome{true, servo::format("Apache has %.0f busy and %.0f idle workers", status->busy, status->idle), ""};
        }
        const auto &[code, message, reason] = status.error();
        std::string hint = location;
        if (message.starts_with("Apache refuses")) {
            hint = "allow the address of servo at the location, or grant credentials: `grants: {http: [{to: …, basic: "
                   "{username: …, password_file: …}}]}`";
        } else if (code == servo::Code::denied) {
            hint = "grant the origin of `url` to this connector (`servo show grants` lists what it has)";
        } else if (!message.contains("mod_status")) {
            hint = servo::format("see that Apache runs and listens at `%s`", url.c_str());
        }
        return servo::Outcome{false, message, hint};
    }

    servo::Result<servo::Outcome> check_extended() const {
        auto status = look();
        if (!status) {
            return std::unexpected(status.error());
        }
        if (!status->totals) {
            return servo::Outcome{false, "Apache does not count its requests, so three metrics are missing", extended};
        }
        return servo::Outcome{true, servo::format("Apache has answered %.0f requests", status->totals->requests), ""};
    }

    servo::Result<servo::Outcome> check_workers() const {
        auto status = look();
        if (!status) {
            return std::unexpected(status.error());
        }
        std::string message = servo::format("%.0f of %.0f workers are busy", status->busy, status->workers());
        if (status->idle + status->open < 1) {
            return servo::Outcome{false, message, "raise `MaxRequestWorkers` of Apache"};
        }
        return servo::Outcome{true, message, ""};
    }
};

} // namespace

SERVO_CONNECTOR(ApacheStatus)
