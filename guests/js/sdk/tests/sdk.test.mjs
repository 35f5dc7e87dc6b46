// The SDK in node: settings, waiting, HTTP, and what `serve` hands to the generated exports.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Failure,
  Problems,
  answer,
  argument,
  check,
  choice,
  command,
  connector,
  duration,
  endpoint,
  event,
  failed,
  formatDuration,
  http,
  integer,
  list,
  map,
  number,
  object,
  optional,
  parseDuration,
  passed,
  progress,
  settings,
  text,
} from "../index.js";
import { serve } from "../serve.js";
import { Host, control } from "../testing.js";
import { decode, encode } from "../utf8.js";

const SETTINGS = settings({
  url: endpoint("Where."),
  targets: list("What.", object("One.", { path: text("Path."), weight: integer("How often.", { default: 1 }) }), { default: [] }),
  every: duration("How often.", { default: "1m30s" }),
  kind: choice("Which.", ["fast", "slow"], { default: "fast" }),
  names: map("More.", number("Any."), { default: {} }),
  note: optional(text("Optional.")),
});

test("the schema is closed and says what the fields say", () => {
  const { schema } = SETTINGS;
  assert.deepEqual(schema.required, ["url"]);
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.properties.url["x-servo-grant"], "http");
  assert.equal(schema.properties.every.default, "1m30s");
  assert.deepEqual(schema.properties.targets.items.required, ["path"]);
});

test("values become what the fields say", () => {
  const read = SETTINGS.read({ url: "http://app:80/", targets: [{ path: "/a" }], every: 5, names: { a: 1 } });
  assert.deepEqual(read, {
    url: "http://app:80",
    targets: [{ path: "/a", weight: 1 }],
    every: 5000,
    kind: "fast",
    names: { a: 1 },
  });
});

test("every problem has its place", () => {
  const wrong = { url: "app", targets: [{ weight: "x" }], every: "soon", kind: "odd", naems: 1, names: { "a/b": "c" } };
  assert.throws(
    () => SETTINGS.read(wrong),
    (error) => {
      assert.ok(error instanceof Problems);
      assert.deepEqual(error.problems, [
        { pointer: "/naems", text: "there is no setting `naems`; there are url, targets, every, kind, names, note" },
        { pointer: "/url", text: "`app` is not an address; write it like `http://host:8080`" },
        { pointer: "/targets/0", text: "`path` is missing" },
        { pointer: "/targets/0/weight", text: "`x` is not of type integer" },
        { pointer: "/every", text: "`soon` is not a duration: a number and a unit are missing; write it like `1m30s`" },
        { pointer: "/kind", text: "`odd` is none of `fast`, `slow`" },
        { pointer: "/names/a~1b", text: "`c` is not of type number" },
      ]);
      return true;
    },
  );
});

test("rules are kept", () => {
  const some = settings({ n: number("N.", { minimum: 0, maximum: 9 }), l: list("L.", text("T.", { minLength: 1 }), { minItems: 1 }) });
  assert.throws(() => some.read({ n: 10, l: [""] }), {
    problems: [
      { pointer: "/n", text: "`10` is not allowed: maximum is 9" },
      { pointer: "/l/0", text: "`` is not allowed: minLength is 1" },
    ],
  });
  assert.throws(() => some.read({ n: 0, l: [] }), { message: "/l: a list is not allowed: minItems is 1" });
});

test("durations are read and shown", () => {
  for (const [written, milliseconds, shown] of [
    ["1m30s", 90_000, "1m30s"],
    ["300ms", 300, "300ms"],
    ["1 h 0.5s", 3_600_500, "1h0.5s"],
    ["2d", 172_800_000, "2d"],
    ["0", 0, "0s"],
    [1.5, 1500, "1.5s"],
  ]) {
    assert.equal(parseDuration(written), milliseconds);
    assert.equal(formatDuration(milliseconds), shown);
  }
  for (const wrong of ["", "5", "5 parsecs", "s", "-1s", -1, null]) {
    assert.throws(() => parseDuration(wrong), /is not a duration/);
  }
});

test("ticks come when planned, a slow body does not shift them, and the last one comes", () => {
  const host = new Host();
  const seen = host.run(() => {
    const all = [];
    for (const passed of progress.ticks(4000, 1000, "measuring")) {
      all.push(passed);
      host.clock += passed === 1000 ? 1500 : 0;
    }
    return all;
  });
  assert.deepEqual(seen, [1000, 3000, 4000]);
  assert.deepEqual(host.reports.at(-1), { percent: 100, message: "measuring for 4s" });
});

test("a cancel ends the wait", () => {
  const host = new Host();
  host.cancelAt = 1250;
  assert.throws(() => host.run(() => progress.waitShowing(60_000, "waiting")), { code: "cancelled" });
  assert.equal(host.clock, 1250);
});

test("requests carry query, body and type; a status is an answer and no answer is a failure", () => {
  const host = new Host();
  host.answers("POST", "http://app/x", { status: 404, body: "no\u0000body" });
  host.run(() => {
    const answer = http.post("http://app/x", { query: { "a b": "c&d" }, json: { k: ["é"] } });
    assert.equal(answer.ok, false);
    assert.throws(() => answer.json(), /not the JSON expected.*`no body`/);
    assert.throws(() => http.get("http://other/"), { code: "failed", reason: "unreachable" });
    host.answers("GET", "http://secret/", { error: "denied" });
    assert.throws(() => http.get("http://secret/"), { code: "denied" });
    const [good, bad] = http.fetchAll([{ method: "POST", url: "http://app/x" }, { url: "http://other/" }]);
    assert.equal(good.status, 404);
    assert.ok(bad instanceof Failure);
  });
  assert.equal(host.requests[0].url, "http://app/x?a%20b=c%26d");
  assert.deepEqual(host.requests[0].headers, [["content-type", "application/json"]]);
});

test("texts are UTF-8 both ways, and what is not is replaced", () => {
  for (const sample of ["", "plain", "é ∑ 😀", "\ufffd".repeat(10_000)]) {
    assert.deepEqual(encode(sample), new TextEncoder().encode(sample));
    assert.equal(decode(encode(sample)), sample);
  }
  for (const bytes of [[0xff, 0x41], [0xc3], [0xe2, 0x82], [0x80, 0x80]]) {
    assert.match(decode(new Uint8Array(bytes)), /^\ufffd+A?$/);
  }
});

const SHEEP = {
  settings: settings({ wanted: integer("How many.", { default: 2 }) }),
  example: {},
  configure: ({ wanted }) => ({ wanted, here: 1 }),
};
const NOTHING = { delay: 1, warmup: 2, duration: 3, settlement: 4, load: null, slo: [], userdata: [["a", "[1]"]] };

test("what is served is what the contract wants", () => {
  const own = connector({
    ...SHEEP,
    measure: (state, metrics, asked) => {
      assert.deepEqual(asked.userdata, { a: [1] });
      return { readings: [{ metric: metrics[0], at: 1, value: state.here }], annotations: { a: "b" } };
    },
    checks: [
      check("all-here", "All are here", (state) => (state.here === state.wanted ? passed("all") : failed("1", "look")), {
        remedy: (state) => `fetched ${(state.here = state.wanted)}`,
      }),
    ],
    adjust: (state, [{ value }]) => ({
      components: [{ name: "a", settings: [{ name: "b", value, domain: { min: 0, max: 1 } }] }],
    }),
  });
  const served = serve(own, ["settings", "measure", "check", "adjust"], {});
  assert.equal(JSON.parse(served.settings.schema()).properties.wanted.default, 2);
  assert.throws(() => served.measure.measure(["x"], NOTHING), { code: "failed", message: /before it was configured/ });
  served.settings.configure("{}");
  assert.deepEqual(served.measure.measure(["x"], NOTHING), {
    readings: [{ tag: "scalar", val: { metric: "x", id: undefined, at: 1, value: 1 } }],
    annotations: [["a", "b"]],
  });
  assert.equal(served.check.list()[0].remedy, true);
  assert.equal(served.check.run("all-here").passed, false);
  assert.equal(served.check.remedy("all-here"), "fetched 2");
  assert.equal(served.check.run("all-here").passed, true);
  assert.throws(() => served.check.run("x"), { message: "there is no check `x`" });
  const [setting] = served.adjust.adjust([{ component: "a", setting: "b", value: { tag: "number", val: 1 } }], NOTHING).components[0].settings;
  assert.deepEqual(setting.value, { tag: "number", val: 1 });
  assert.deepEqual(setting.domain.val, { min: 0, max: 1, step: 0, scale: "linear" });
});

test("events are declared with their types and handled, commands are listed before there are settings", () => {
  const own = connector({
    ...SHEEP,
    declare: () => ({
      events: [event("sheep.count", "Counts.", { parameters: object(undefined, { most: integer("M.") }), returns: integer("N.") })],
      handles: ["sheep.count", "dog.bark"],
    }),
    handle: (state, name, { most }) => (name === "sheep.count" ? Math.min(state.here, most) : undefined),
    commands: [
      command("names", "Names them", [argument("often", "number", "O", { required: true })], (state, { often }) =>
        answer([{ name: "a".repeat(often) }], { NAME: "/name" }),
      ),
      command("nothing", "Forgets its answer", [], () => 5),
    ],
  });
  const served = serve(own, ["settings", "declarations", "events", "commands"], { log: { write() {} } });
  assert.deepEqual(served.commands.list(), [
    {
      name: "names",
      description: "Names them",
      arguments: [
        { name: "often", kind: "number", description: "O", positional: false, required: true, repeated: false },
      ],
    },
    { name: "nothing", description: "Forgets its answer", arguments: [] },
  ]);
  served.settings.configure("{}");
  const { hooks, events, handles } = served.declarations.declare();
  assert.deepEqual([hooks, handles], [[], ["sheep.count", "dog.bark"]]);
  assert.deepEqual(JSON.parse(events[0].parameters).required, ["most"]);
  assert.equal(JSON.parse(events[0].returns).type, "integer");
  assert.equal(served.events.handle("sheep.count", '{"most": 9}'), "1");
  assert.equal(served.events.handle("dog.bark", "{}"), "null");
  assert.deepEqual(served.commands.run("names", '{"often": 3}'), {
    value: '[{"name":"aaa"}]',
    columns: [{ heading: "NAME", pointer: "/name" }],
  });
  assert.throws(() => served.commands.run("nothing", "{}"), { message: /`nothing` returned no `answer/ });
  assert.throws(() => served.commands.run("x", "{}"), { message: "there is no command `x`" });
});

test("an error arrives with its text and its place", () => {
  const lines = [];
  const own = connector({
    ...SHEEP,
    measure: () => undefined.nothing,
    describe: () => {
      throw Failure.rejected("no room", "full");
    },
  });
  const served = serve(own, ["settings", "measure", "describe"], { log: { write: (...line) => lines.push(line) } });
  served.settings.configure("{}");
  assert.throws(() => served.measure.measure([], NOTHING), (error) => {
    assert.equal(error.code, "failed");
    assert.match(error.message, /^TypeError: Cannot read properties of undefined/);
    return true;
  });
  assert.match(lines[0][1], /TypeError.*\n/);
  assert.throws(() => served.describe.describe(NOTHING), { code: "rejected", reason: "full", message: "no room" });
  assert.throws(() => served.settings.configure("{}"), [{ pointer: "", text: "the connector is configured already" }]);
});

test("a result of the wrong type is named", () => {
  for (const [returned, said] of [
    [undefined, /no list of `readings`/],
    [{ reading: [] }, /no list of `readings`/],
    [{ readings: [{ metric: 5, value: 1 }] }, /the reading of `5`/],
    [{ readings: [{ metric: "a", times: [1], values: ["x"] }] }, /the reading of `a`/],
    [{ readings: [{ metric: "a", times: [1], values: [] }] }, /1 times and 0 values/],
  ]) {
    const served = serve(connector({ ...SHEEP, measure: () => returned }), ["settings", "measure"], { log: { write() {} } });
    served.settings.configure("{}");
    assert.throws(() => served.measure.measure([], NOTHING), { code: "failed", reason: "exception", message: said });
  }
});

test("a connector that does not fit its world is refused at build", () => {
  const refused = (definition, exports, said) => assert.throws(() => serve(definition, exports, {}), { message: said });
  refused({}, ["settings"], /not made with `connector/);
  const measures = connector({ ...SHEEP, measure: () => ({ readings: [] }) });
  refused(measures, ["settings"], /add `export servo:connector\/measure@0.1.0;`/);
  refused(measures, ["settings", "measure", "inventory"], /no metrics or components/);
  refused(connector({ ...SHEEP, example: { wnated: 1 } }), ["settings"], /there is no setting `wnated`/);
  assert.throws(() => connector({ ...SHEEP, mesure: 1 }), /a connector has no `mesure`/);
});
