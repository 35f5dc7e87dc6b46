// The connector against a made-up broker: values over time, gaps, adjusting, refusals, cancel, checks.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Host, control } from "servo-sdk/testing.js";

import rabbitmq from "../connector.js";

const URL = "http://rabbit:15672";
const QUEUES = `${URL}/api/queues/%2F`;
const POLICY = `${URL}/api/policies/%2F/servo`;

const state = (more = {}) =>
  rabbitmq.configure(
    rabbitmq.settings.read({
      url: URL,
      interval: "1s",
      policy: {
        name: "servo",
        pattern: "^work",
        settings: { "max-length": { min: 5, max: 100 }, expires: { min: 1, max: 2, pinned: true } },
      },
      ...more,
    }),
  );

const queue = (name, messages, publish) => ({
  name,
  messages,
  messages_ready: messages,
  messages_unacknowledged: 0,
  consumers: 1,
  message_stats: publish === undefined ? undefined : { publish },
});

function broker(...looks) {
  const host = new Host();
  host.answers("GET", `${URL}/api/overview`, { json: { rabbitmq_version: "3.10.8", object_totals: { connections: 3 } } });
  host.answers("GET", `${URL}/api/nodes`, { json: [{ name: "one", mem_used: 1_048_576, running: true }] });
  host.answers("GET", QUEUES, ...looks.map((json) => ({ json })));
  host.answers("GET", POLICY, { status: 404, json: { error: "Object Not Found", reason: "Not Found" } });
  return host;
}

const values = ({ readings }, metric, id) => readings.find((one) => one.metric === metric && one.id === id)?.values;

test("gauges, rates and queues that come and go", () => {
  const host = broker([queue("a", 1)], [queue("a", 2, 10), queue("b", 5, 7)], [queue("a", 3, 4)], [queue("a", 3, 14)]);
  const measured = host.run(() => rabbitmq.measure(state(), [], control({ delay: 1000, warmup: 1000, duration: 3000 })));
  assert.equal(host.clock, 5000);
  assert.deepEqual(values(measured, "rabbitmq_messages", "{queue=a}"), [1, 2, 3, 3]);
  assert.deepEqual(values(measured, "rabbitmq_messages", "{queue=b}"), [5]);
  // The queue was made anew in between: no rate is made up.
  assert.deepEqual(values(measured, "rabbitmq_published", "{queue=a}"), [10, 10]);
  assert.deepEqual(values(measured, "rabbitmq_connections"), [3, 3, 3, 3]);
  assert.deepEqual(values(measured, "rabbitmq_memory"), [1, 1, 1, 1]);
});

test("only the wanted queues and metrics", () => {
  const host = broker([queue("a", 1), queue("b", 1)]);
  const measured = host.run(() => rabbitmq.measure(state({ queues: ["b"] }), ["rabbitmq_ready"], control({ duration: 1000 })));
  assert.deepEqual(measured.readings.map(({ metric, id }) => [metric, id]), [["rabbitmq_ready", "{queue=b}"]]);
});

test("a broker that is away for a moment is a gap, one that never answers a failure", () => {
  const host = broker();
  host.answers("GET", QUEUES, { json: [queue("a", 1)] }, { error: "unreachable" }, { json: [queue("a", 1)] });
  const measured = host.run(() => rabbitmq.measure(state(), ["rabbitmq_messages"], control({ duration: 2000 })));
  assert.equal(values(measured, "rabbitmq_messages", "{queue=a}").length, 2);
  assert.match(host.logs[0].message, /no sample: .*unreachable/);
  assert.throws(() => new Host().run(() => rabbitmq.measure(state(), [], control())), { reason: "unreachable" });
});

test("a cancel ends the wait", () => {
  const host = broker([queue("a", 1)]);
  host.cancelAt = 1500;
  assert.throws(() => host.run(() => rabbitmq.measure(state(), [], control({ duration: 600_000 }))), { code: "cancelled" });
  assert.equal(host.clock, 1500);
});

const asked = (setting, value, component = "broker") => [{ component, setting, value }];

test("an adjustment keeps the rest of the policy and waits until the queues show it", () => {
  const shown = (length) => ({ name: "servo", pattern: "^work", definition: { "ha-mode": "all", "max-length": length } });
  const effective = (length) => [{ name: "work", policy: "servo", effective_policy_definition: { "max-length": length } }, { name: "other" }];
  const host = broker(effective(50), effective(50), effective(20));
  host.answers("GET", POLICY, { json: shown(50) }, { json: shown(20) });
  host.answers("PUT", POLICY, { status: 204 });
  const described = host.run(() => rabbitmq.adjust(state(), asked("max-length", 20), control({ settlement: 2000 })));
  const sent = JSON.parse(host.requests.find(({ method }) => method === "PUT").body);
  assert.deepEqual(sent.definition, { "ha-mode": "all", "max-length": 20 });
  assert.equal(described.components[0].settings[0].value, 20);
  assert.equal(host.clock, 2 * 500 + 2000);
});

test("what cannot be is refused before anything is sent", () => {
  const host = broker([]);
  for (const [setting, value, expected] of [
    ["max-length", 101, { code: "rejected", reason: "out-of-range" }],
    ["max-length", 7.5, { code: "rejected", message: /whole numbers/ }],
    ["max-length", "many", { code: "rejected", message: /whole numbers/ }],
    ["expires", 1, { code: "rejected", reason: "pinned" }],
    ["other", 1, { code: "failed", message: "`broker` has no setting `other`; it has max-length, expires" }],
  ]) {
    assert.throws(() => host.run(() => rabbitmq.adjust(state(), asked(setting, value), control())), expected);
  }
  host.run(() => rabbitmq.adjust(state(), asked("max-length", 7, "somebody"), control()));
  assert.ok(host.requests.every(({ method }) => method === "GET"));
});

test("who overrules the policy, and what RabbitMQ refuses, is told", () => {
  const policy = { name: "servo", pattern: "^work", definition: { "max-length": 20 } };
  const host = broker([{ name: "work", policy: "other", effective_policy_definition: {} }]);
  host.answers("GET", POLICY, { json: policy });
  host.answers("PUT", POLICY, { status: 204 });
  const adjust = () => host.run(() => rabbitmq.adjust(state(), asked("max-length", 20), control()));
  assert.throws(adjust, { code: "rejected", reason: "overruled", message: /policy `other` counts for queue `work`/ });
  host.answers("PUT", POLICY, { status: 400, json: { error: "bad_request", reason: "Validation failed\n\n20 is not valid\n" } });
  assert.throws(adjust, { code: "rejected", message: /Validation failed 20 is not valid/ });
});

test("checks say what is seen and what to do", () => {
  const run = (id, host, more) => host.run(() => rabbitmq.checks.find((check) => check.id === id).run(state(more)));
  const login = new Host();
  login.answers("GET", `${URL}/api/overview`, { status: 401, json: { error: "not_authorized" } });
  const page = new Host();
  page.answers("GET", `${URL}/api/overview`, { body: "<html>" });
  const denied = new Host();
  denied.answers("GET", `${URL}/api/overview`, { error: "denied" });
  const alarmed = broker([]);
  alarmed.answers("GET", `${URL}/api/nodes`, { json: [{ name: "one", mem_alarm: true }] });
  for (const [id, host, passed, said, more] of [
    ["connect", broker([]), true, /3\.10\.8/],
    ["connect", login, false, /basic: \{username/],
    ["connect", page, false, /by default port 15672/],
    ["connect", denied, false, /servo show grants/],
    ["connect", new Host(), false, /see that RabbitMQ runs/],
    ["queues", broker([{ name: "work" }]), true, /1 queues/],
    ["queues", broker([{ name: "other" }]), false, /policy\.pattern/],
    ["queues", broker([{ name: "work" }]), false, /there is no queue gone/, { queues: ["gone"] }],
    ["alarms", broker([]), true, /no alarm/],
    ["alarms", alarmed, false, /one is short of memory/],
  ]) {
    const outcome = run(id, host, more);
    assert.equal(outcome.passed, passed, JSON.stringify(outcome));
    assert.match(`${outcome.message} ${outcome.hint}`, said);
    assert.equal(outcome.hint === undefined, passed);
  }
});

test("settings that neither schema nor reading refuses", () => {
  const pointers = (more) => {
    try {
      state(more);
      return [];
    } catch (error) {
      return error.problems.map(({ pointer }) => pointer);
    }
  };
  assert.deepEqual(pointers({}), []);
  assert.deepEqual(pointers(rabbitmq.example), []);
  assert.deepEqual(pointers({ interval: "10ms" }), ["/interval"]);
  const settings = { "max-length": { min: 5, max: 5 }, other: { min: 1, max: 2 } };
  assert.deepEqual(pointers({ policy: { name: "a", pattern: "(", settings } }), [
    "/policy/pattern",
    "/policy/settings/max-length/max",
    "/policy/settings/other",
  ]);
});
