/**
 * Measures the queues of a RabbitMQ virtual host and adjusts a policy that applies to them.
 *
 *     rabbitmq:
 *       url: http://rabbitmq:15672
 *       policy:
 *         name: servo
 *         pattern: ^work
 *         settings:
 *           max-length: {min: 100, max: 10000, step: 100}
 *
 * It speaks to the management interface; its credentials are a grant: `basic: {username: …, password_file: …}`.
 */

import { check, connector, failed, log, passed, progress, time } from "servo-sdk";

import { Broker } from "./src/broker.js";
import { METRICS, Run } from "./src/metrics.js";
import { component, missed, plan } from "./src/policy.js";
import { EXAMPLE, SETTINGS, problems } from "./src/options.js";

/** How often and how long a change is looked for: RabbitMQ shows the policies of its queues a moment later. */
const LOOKS = 30;
const BETWEEN_LOOKS = 500;

export default connector({
  settings: SETTINGS,
  example: EXAMPLE,

  configure(settings) {
    problems(settings);
    return { settings, broker: new Broker(settings) };
  },

  metrics: () => METRICS.map(({ name, unit }) => ({ name, unit })),

  components: ({ settings }) => (settings.policy === undefined ? [] : [component(settings.policy)]),

  describe: ({ settings, broker }) => described(settings, broker),

  measure({ settings, broker }, metrics, control) {
    const wanted = METRICS.filter(({ name }) => metrics.length === 0 || metrics.includes(name));
    if (wanted.length === 0) {
      return { readings: [] };
    }
    progress.waitShowing(control.delay, "waiting before the measurement");
    progress.waitShowing(control.warmup, "warming up");
    const run = new Run(wanted);
    run.take(time.now(), broker.sample());
    for (const _ of progress.ticks(control.duration, settings.interval, "measuring RabbitMQ")) {
      try {
        run.take(time.now(), broker.sample());
      } catch (failure) {
        if (failure.code === "cancelled") {
          throw failure;
        }
        // A broker that is away for a moment is a gap.
        log.warning(`no sample: ${failure.message}`);
      }
    }
    return { readings: run.readings(), annotations: { vhost: settings.vhost } };
  },

  adjust({ settings, broker }, adjustments, control) {
    const wanted = plan(settings.policy, adjustments);
    if (Object.keys(wanted).length === 0) {
      return described(settings, broker);
    }
    progress.wait(control.delay);
    broker.setPolicy(settings.policy, wanted);
    applied(settings, broker, wanted);
    if (control.settlement > 0) {
      progress.waitShowing(control.settlement, "letting the change settle");
      applied(settings, broker, wanted);
    }
    log.success(`policy \`${settings.policy.name}\` is ${JSON.stringify(wanted)}`);
    return described(settings, broker);
  },

  checks: [
    check("connect", "Ask RabbitMQ who it is", connect, {
      description: "The management interface answers and accepts the credentials",
      severity: "critical",
    }),
    check("queues", "Find the queues", queues, { description: "The named queues exist, and the policy finds one" }),
    check("alarms", "No node reports an alarm", alarms, {
      description: "With a memory or disk alarm publishers are blocked, and measurements show that",
      severity: "warning",
    }),
  ],
});

function described({ policy }, broker) {
  const metrics = METRICS.map(({ name, unit }) => ({ name, unit }));
  return { components: policy === undefined ? [] : [component(policy, broker.policy(policy.name))], metrics };
}

/** Waits until every queue that the policy finds shows the wanted values. */
function applied({ policy }, broker, wanted) {
  for (let look = 1; ; look += 1) {
    const failure = missed(policy, wanted, broker.policy(policy.name), broker.queuePolicies());
    if (failure === undefined) {
      return;
    }
    if (look === LOOKS || failure.reason === "overruled") {
      throw failure;
    }
    progress.wait(BETWEEN_LOOKS);
  }
}

function connect({ broker, settings }) {
  try {
    return passed(`RabbitMQ ${broker.version()} answers`);
  } catch (failure) {
    const hints = {
      denied: "grant the origin of `url` to this connector (`servo show grants` lists what it has)",
      credentials: "grant user and password: `grants: {http: [{to: …, basic: {username: …, password_file: …}}]}`",
      stranger: "name the address of the management interface in `url`, by default port 15672",
    };
    const otherwise = `see that RabbitMQ runs with \`rabbitmq_management\`, and that ${settings.url} can be reached`;
    return failed(failure.message, hints[failure.reason] ?? hints[failure.code] ?? otherwise);
  }
}

function queues({ broker, settings }) {
  const names = broker.queuePolicies().map(({ name }) => name);
  const missing = settings.queues.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    return failed(`there is no queue ${missing.join(", ")} in ${settings.vhost}`, "compare `queues` and `vhost` with RabbitMQ");
  }
  const { policy } = settings;
  if (policy !== undefined && !names.some((name) => new RegExp(policy.pattern).test(name))) {
    return failed(`\`${policy.pattern}\` finds none of ${names.length} queues`, "compare `policy.pattern` with their names");
  }
  return passed(`${names.length} queues`);
}

function alarms({ broker }) {
  const alarming = broker.alarms();
  return alarming.length === 0
    ? passed("no alarm")
    : failed(alarming.join(", "), "let consumers catch up, or raise `vm_memory_high_watermark` or `disk_free_limit`");
}
