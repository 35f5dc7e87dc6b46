/**
 * Measures InfluxDB 1.x: how much is written and asked, how long that takes, how many series there are.
 *
 *     influxdb:
 *       url: http://influxdb:8086
 *       databases: [telegraf]
 *       interval: 1s
 *
 * With authentication the credentials are a grant: `basic: {username: …, password_file: …}`.
 */

import {
  check,
  type CheckOutcome,
  connector,
  failed,
  Failure,
  log,
  type Metric,
  passed,
  progress,
  time,
} from "servo-sdk";

import { QUANTITIES, Run } from "./src/metrics.js";
import * as options from "./src/options.js";
import { Server } from "./src/server.js";
import { byDatabase } from "./src/stats.js";

interface State {
  options: options.Options;
  server: Server;
}

const METRICS: Metric[] = QUANTITIES.map(({ name, unit }) => ({ name, unit: unit ?? "" }));

export default connector({
  settings: options.SETTINGS,
  example: options.EXAMPLE,

  configure(settings): State {
    options.check(settings);
    return { options: settings, server: new Server(settings.url) };
  },

  metrics: () => METRICS,

  describe: () => ({ metrics: METRICS }),

  measure({ options: { databases, interval }, server }, metrics, control) {
    const wanted = QUANTITIES.filter(({ name }) => metrics.length === 0 || metrics.includes(name));
    if (wanted.length === 0) {
      return { readings: [] };
    }
    progress.waitShowing(control.delay, "waiting before the measurement");
    progress.waitShowing(control.warmup, "warming up");
    const run = new Run(wanted, databases);
    run.take(time.now(), server.stats());
    for (const _ of progress.ticks(control.duration, interval, "measuring InfluxDB")) {
      try {
        run.take(time.now(), server.stats());
      } catch (failure) {
        if (!(failure instanceof Failure) || failure.code === "cancelled") {
          throw failure;
        }
        // A server that is away for a moment is a gap.
        log.warning(`no sample: ${failure.message}`);
      }
    }
    return { readings: run.readings() };
  },

  checks: [
    check("connect", "Ask InfluxDB who it is", connect, {
      description: "InfluxDB answers, and shows its statistics",
      severity: "critical",
    }),
    check("databases", "Find the databases", databases, { description: "The databases in the settings exist" }),
    check("series", "The series are not too many", series, {
      description: "No database has more series than `series_max`",
      severity: "warning",
    }),
  ],
});

const HINTS: Readonly<Record<string, string>> = {
  denied: "grant the origin of `url` to this connector (`servo show grants` lists what it has)",
  credentials: "grant user and password: `grants: {http: [{to: …, basic: {username: …, password_file: …}}]}`",
  stranger: "name the address of an InfluxDB 1.x in `url`, by default port 8086",
};

function connect({ server }: State): CheckOutcome {
  try {
    const version = server.version();
    server.stats();
    return passed(`InfluxDB ${version} answers`);
  } catch (failure) {
    if (!(failure instanceof Failure)) {
      throw failure;
    }
    const hint = HINTS[failure.reason ?? ""] ?? HINTS[failure.code];
    return failed(failure.message, hint ?? `see that InfluxDB runs and that ${server.url} can be reached from here`);
  }
}

function databases({ options: { databases }, server }: State): CheckOutcome {
  const known = server.databases();
  const missing = databases.filter((name) => !known.includes(name));
  return missing.length === 0
    ? passed(`${known.length} databases`)
    : failed(`there is no database ${missing.join(", ")}`, `compare \`databases\` with what there is: ${known.join(", ")}`);
}

function series({ options: { series_max }, server }: State): CheckOutcome {
  const counts = [...byDatabase(server.stats(), "database", "numSeries")];
  const many = counts.filter(([, count]) => count > series_max);
  return many.length === 0
    ? passed(`${counts.reduce((sum, [, count]) => sum + count, 0)} series`)
    : failed(
        many.map(([name, count]) => `\`${name}\` has ${count} series`).join(", "),
        "look for a tag with many values (`SHOW TAG VALUES CARDINALITY`), and make it a field",
      );
}
