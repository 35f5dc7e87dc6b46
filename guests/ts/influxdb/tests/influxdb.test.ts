// The connector against a made-up InfluxDB: values over time, gaps, failures, cancel, checks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { type Measurement, Problems, type Series } from "servo-sdk";
import { type Answer, control, Host } from "servo-sdk/testing.js";

import influxdb from "../connector.js";

const URL = "http://influx:8086";
const VARS = `${URL}/debug/vars`;

function state(more: object = {}) {
  return influxdb.configure(influxdb.settings.read({ url: URL, interval: "1s", ...more }));
}

interface Look {
  writes?: number;
  nanoseconds?: number;
  series?: Record<string, number>;
}

function vars({ writes, nanoseconds = 0, series = {} }: Look): Answer {
  const databases = Object.entries(series).map(([database, numSeries]) => [
    `database:${database}`,
    { name: "database", tags: { database }, values: { numSeries } },
  ]);
  const httpd = { name: "httpd", tags: { bind: ":8086" }, values: { writeReq: writes, writeReqDurationNs: nanoseconds } };
  return {
    json: {
      cmdline: ["influxd"],
      queryExecutor: { name: "queryExecutor", tags: null, values: { queriesActive: 0 } },
      runtime: { name: "runtime", tags: {}, values: { Sys: 2_097_152 } },
      ...(writes === undefined ? {} : { "httpd::8086": httpd }),
      ...Object.fromEntries(databases),
    },
  };
}

function server(...looks: Answer[]): Host {
  const host = new Host();
  host.answers("GET", `${URL}/ping`, { status: 204, headers: [["x-influxdb-version", "1.6.7"]] });
  host.answers("GET", VARS, ...looks);
  return host;
}

function measure(host: Host, metrics: string[], asked: object, more: object = {}): Measurement {
  return host.run(() => influxdb.measure?.(state(more), metrics, control(asked)) ?? { readings: [] });
}

function values({ readings }: Measurement, metric: string, id?: string): number[] | undefined {
  return (readings as Series[]).find((series) => series.metric === metric && series.id === id)?.values;
}

test("rates, mean times and gauges of each database", () => {
  const host = server(
    vars({ series: { a: 1 } }),
    vars({ writes: 4, nanoseconds: 8e6, series: { a: 2, b: 5 } }),
    vars({ writes: 4, nanoseconds: 8e6, series: { a: 3 } }),
    vars({ writes: 1, nanoseconds: 1e6, series: { a: 3 } }),
  );
  const measured = measure(host, [], { delay: 1000, warmup: 1000, duration: 3000 });
  assert.equal(host.clock, 5000);
  // The last look is at a server that was started anew: no rate is made up.
  assert.deepEqual(values(measured, "influxdb_writes"), [4, 0]);
  assert.deepEqual(values(measured, "influxdb_write_time"), [2]);
  assert.deepEqual(values(measured, "influxdb_series", "{database=a}"), [1, 2, 3, 3]);
  assert.deepEqual(values(measured, "influxdb_series", "{database=b}"), [5]);
  assert.deepEqual(values(measured, "influxdb_memory"), [2, 2, 2, 2]);
  assert.equal(values(measured, "influxdb_disk"), undefined);
});

test("only the wanted metrics and databases", () => {
  const host = server(vars({ writes: 1, series: { a: 1, b: 2 } }));
  const measured = measure(host, ["influxdb_series"], { duration: 1000 }, { databases: ["b"] });
  assert.deepEqual(measured.readings.map(({ metric, id }) => [metric, id]), [["influxdb_series", "{database=b}"]]);
  assert.deepEqual(measure(host, ["other"], { duration: 1000 }), { readings: [] });
});

test("a server that is away for a moment is a gap, one that never answers a failure", () => {
  const host = server(vars({ writes: 1 }), { error: "unreachable" }, vars({ writes: 1 }));
  assert.equal(values(measure(host, [], { duration: 2000 }), "influxdb_memory")?.length, 2);
  assert.match(host.logs[0]?.message ?? "", /no sample: .*unreachable/);
  assert.throws(() => measure(new Host(), [], { duration: 1000 }), { reason: "unreachable" });
  assert.throws(() => measure(server({ body: "<html>" }), [], {}), { reason: "stranger", message: /`<html>`/ });
  assert.throws(() => measure(server({ status: 401, json: {} }), [], {}), { reason: "credentials" });
});

test("a cancel ends the wait", () => {
  const host = server(vars({ writes: 1 }));
  host.cancelAt = 1500;
  assert.throws(() => measure(host, [], { duration: 600_000 }), { code: "cancelled" });
  assert.equal(host.clock, 1500);
});

test("checks say what is seen and what to do", () => {
  const listed = (host: Host, json: unknown): Host => {
    host.answers("POST", `${URL}/query`, { json });
    return host;
  };
  const names = (...found: string[]) => ({ results: [{ series: [{ values: found.map((name) => [name]) }] }] });
  const denied = new Host();
  denied.answers("GET", `${URL}/ping`, { error: "denied" });
  const good = () => server(vars({ writes: 1, series: { a: 7 } }));
  const table: [string, Host, boolean, RegExp, object?][] = [
    ["connect", good(), true, /1\.6\.7/],
    ["connect", server({ status: 401, json: {} }), false, /basic: \{username/],
    ["connect", server({ body: "<html>" }), false, /by default port 8086/],
    ["connect", denied, false, /servo show grants/],
    ["connect", new Host(), false, /see that InfluxDB runs/],
    ["databases", listed(good(), names("a", "b")), true, /2 databases/, { databases: ["b"] }],
    ["databases", listed(good(), names("a")), false, /no database b/, { databases: ["b"] }],
    ["series", good(), true, /7 series/],
    ["series", good(), false, /SHOW TAG VALUES CARDINALITY/, { series_max: 5 }],
  ];
  for (const [id, host, passed, said, more] of table) {
    const found = influxdb.checks?.find((check) => check.id === id);
    const outcome = host.run(() => found?.run(state(more)));
    assert.equal(outcome?.passed, passed, JSON.stringify(outcome));
    assert.match(`${outcome?.message} ${outcome?.hint}`, said);
    assert.equal(outcome?.hint === undefined, passed);
  }
  const refusing = listed(good(), { error: "user not found" });
  const databases = influxdb.checks?.find(({ id }) => id === "databases");
  assert.throws(() => refusing.run(() => databases?.run(state())), { reason: "refused", message: /user not found/ });
});

test("settings that neither schema nor reading refuses", () => {
  influxdb.configure(influxdb.settings.read(influxdb.example));
  assert.throws(() => state({ interval: "10ms" }), Problems);
  assert.throws(() => state({ intervall: "1s" }), Problems);
});
