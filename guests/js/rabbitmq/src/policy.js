/** The policy as a component with settings: what may be asked, and whether it was done. */

import { Failure } from "servo-sdk";

import { UNITS } from "./options.js";

/** The component, with the values of the policy as RabbitMQ shows it, if it does. */
export function component(policy, shown) {
  const settings = Object.entries(policy.settings).map(([name, { min, max, step, scale, pinned }]) => ({
    name,
    unit: UNITS[name] || undefined,
    domain: { min, max, step, scale },
    value: shown?.definition?.[name],
    pinned,
  }));
  return { name: policy.component, settings };
}

/** The values to be set, of the adjustments that belong to this component; throws for values that cannot be. */
export function plan(policy, adjustments) {
  const wanted = {};
  for (const { component: owner, setting, value } of adjustments) {
    if (owner !== policy?.component) {
      continue;
    }
    const range = policy.settings[setting];
    if (range === undefined) {
      const known = Object.keys(policy.settings).join(", ");
      throw Failure.failed(`\`${owner}\` has no setting \`${setting}\`; it has ${known}`, "unknown-setting");
    }
    const cannot = (why, reason) => Failure.rejected(`${owner}.${setting} cannot be ${value}: ${why}`, reason);
    if (range.pinned) {
      throw cannot("it is pinned", "pinned");
    }
    if (!Number.isInteger(value)) {
      throw cannot("RabbitMQ takes whole numbers", "out-of-range");
    }
    if (value < range.min || value > range.max) {
      throw cannot(`it is not between ${range.min} and ${range.max}`, "out-of-range");
    }
    wanted[setting] = value;
  }
  return wanted;
}

/** Why the values do not count yet, or `undefined`: of the policy itself, and of every queue that it is for. */
export function missed(policy, wanted, shown, queues) {
  const differs = (definition) => Object.keys(wanted).find((name) => definition?.[name] !== wanted[name]);
  const own = differs(shown?.definition);
  if (own !== undefined) {
    const is = shown?.definition?.[own] ?? "not set";
    return Failure.rejected(`policy \`${policy.name}\` shows ${own} as ${is} and not ${wanted[own]}`, "not-applied");
  }
  const pattern = new RegExp(shown.pattern);
  for (const queue of queues.filter(({ name }) => pattern.test(name))) {
    if (queue.policy && queue.policy !== policy.name) {
      const message = `policy \`${queue.policy}\` counts for queue \`${queue.name}\`; raise the priority of \`${policy.name}\``;
      return Failure.rejected(message, "overruled");
    }
    if (differs(queue.effective_policy_definition) !== undefined) {
      const message = `queue \`${queue.name}\` does not show policy \`${policy.name}\` with ${JSON.stringify(wanted)}`;
      return Failure.rejected(message, "not-applied");
    }
  }
  return undefined;
}
