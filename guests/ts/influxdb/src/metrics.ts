/** What is measured, and how it follows from two looks at InfluxDB. */

import type { Metric, Series } from "servo-sdk";

import { byDatabase, type Stats, sum } from "./stats.js";

const MIB = 1024 * 1024;
const MILLISECOND_NS = 1e6;

/** What is known when a value is made: now, before (if there was a look before), and the seconds between them. */
interface Looks {
  now: Stats;
  before: Stats | undefined;
  seconds: number;
}

/** A metric of the whole server, or one that each database has. */
export interface Quantity extends Metric {
  /** The values by source; the empty source is the server. */
  values(looks: Looks): Map<string, number>;
}

function one(value: number | undefined): Map<string, number> {
  return value === undefined ? new Map() : new Map([["", value]]);
}

function grown({ now, before }: Looks, part: string, value: string): number | undefined {
  // Some parts begin to exist with the first event that they count.
  const [late, early] = [sum(now, part, value), before && (sum(before, part, value) ?? 0)];
  // A counter that shrinks belongs to a server that was started anew.
  return late === undefined || early === undefined || late < early ? undefined : late - early;
}

function rate(name: string, part: string, value: string): Quantity {
  return {
    name,
    unit: "rps",
    values: (looks) => {
      const more = grown(looks, part, value);
      return one(more === undefined || looks.seconds <= 0 ? undefined : more / looks.seconds);
    },
  };
}

/** The mean time of what happened between the two looks; nothing when nothing happened. */
function mean(name: string, part: string, nanoseconds: string, count: string): Quantity {
  return {
    name,
    unit: "ms",
    values: (looks) => {
      const [total, events] = [grown(looks, part, nanoseconds), grown(looks, part, count)];
      return one(total === undefined || !events ? undefined : total / events / MILLISECOND_NS);
    },
  };
}

function each(name: string, unit: string, part: string, value: string, scale = 1): Quantity {
  const scaled = ([source, number]: [string, number]): [string, number] => [`{database=${source}}`, number / scale];
  return { name, unit, values: ({ now }) => new Map([...byDatabase(now, part, value)].map(scaled)) };
}

/** In the order in which people should see them. */
export const QUANTITIES: readonly Quantity[] = [
  rate("influxdb_writes", "httpd", "writeReq"),
  rate("influxdb_points", "httpd", "pointsWrittenOK"),
  rate("influxdb_queries", "httpd", "queryReq"),
  rate("influxdb_errors", "httpd", "clientError"),
  rate("influxdb_server_errors", "httpd", "serverError"),
  mean("influxdb_write_time", "httpd", "writeReqDurationNs", "writeReq"),
  mean("influxdb_query_time", "httpd", "queryReqDurationNs", "queryReq"),
  each("influxdb_series", "", "database", "numSeries"),
  each("influxdb_disk", "MiB", "shard", "diskBytes", MIB),
  { name: "influxdb_memory", unit: "MiB", values: ({ now }) => one((sum(now, "runtime", "Sys") ?? NaN) / MIB || undefined) },
];

/** The series of one measurement. */
export class Run {
  readonly #wanted: readonly Quantity[];
  readonly #databases: readonly string[];
  readonly #series = new Map<string, Series>();
  #before: { at: number; stats: Stats } | undefined;

  /** Without databases, all of them count. */
  constructor(wanted: readonly Quantity[], databases: readonly string[]) {
    this.#wanted = wanted;
    this.#databases = databases.map((name) => `{database=${name}}`);
  }

  /** Adds what a look says; `at` is in seconds. */
  take(at: number, now: Stats): void {
    const looks = { now, before: this.#before?.stats, seconds: at - (this.#before?.at ?? at) };
    for (const quantity of this.#wanted) {
      for (const [source, value] of quantity.values(looks)) {
        if (source === "" || this.#databases.length === 0 || this.#databases.includes(source)) {
          this.#add(quantity.name, source, at, value);
        }
      }
    }
    this.#before = { at, stats: now };
  }

  /** What was seen. */
  readings(): Series[] {
    const order = this.#wanted.map(({ name }) => name);
    return [...this.#series.values()].sort((a, b) => order.indexOf(a.metric) - order.indexOf(b.metric));
  }

  #add(metric: string, source: string, at: number, value: number): void {
    const key = metric + source;
    const series = this.#series.get(key) ?? { metric, id: source || undefined, times: [], values: [] };
    series.times.push(at);
    series.values.push(value);
    this.#series.set(key, series);
  }
}
