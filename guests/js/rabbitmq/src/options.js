/** The settings. */

import { Problems, choice, duration, endpoint, flag, integer, list, map, number, object, optional, settings, text } from "servo-sdk";

/** What the limits of a policy are called in RabbitMQ, and their units. */
export const UNITS = {
  "max-length": "messages",
  "max-length-bytes": "bytes",
  "message-ttl": "ms",
  expires: "ms",
  "delivery-limit": "",
};

const RANGE = object("Which values the optimizer may try.", {
  min: number("The smallest value."),
  max: number("The largest value."),
  step: number("Distance between neighbouring values.", { default: 1, exclusiveMinimum: 0 }),
  scale: choice("Whether equal steps or equal ratios matter.", ["linear", "log"], { default: "linear" }),
  pinned: flag("Show it and never change it.", { default: false }),
});

export const SETTINGS = settings({
  url: endpoint("Where the management interface listens, for example `http://rabbitmq:15672`."),
  vhost: text("The virtual host.", { default: "/" }),
  queues: list("Only these queues; all of the virtual host when there are none.", text("Name of a queue."), { default: [] }),
  interval: duration("Distance between the samples. RabbitMQ renews its numbers every 5 s unless told otherwise.", {
    default: "5s",
  }),
  policy: optional(
    object("The policy that is adjusted. Other keys of its definition stay as they are.", {
      component: text("Name of the component that has the settings.", { default: "broker", minLength: 1 }),
      name: text("Name of the policy; it is made when there is none.", { minLength: 1 }),
      pattern: text("Which queues it is for: a regular expression.", { minLength: 1 }),
      priority: integer("Of several policies that fit a queue the one with the highest priority counts.", { default: 1 }),
      settings: map(`What is adjusted: ${Object.keys(UNITS).join(", ")}.`, RANGE, {
        propertyNames: { enum: Object.keys(UNITS) },
        minProperties: 1,
      }),
    }),
  ),
});

export const EXAMPLE = {
  url: "http://rabbitmq:15672",
  interval: "5s",
  policy: { name: "servo", pattern: "^work", settings: { "max-length": { min: 100, max: 10_000, step: 100 } } },
};

/** Throws what neither the schema nor reading can see. */
export function problems({ interval, policy }) {
  const found = [];
  if (interval < 500) {
    found.push({ pointer: "/interval", text: "shorter than 500ms; the numbers are not renewed so often" });
  }
  if (policy !== undefined) {
    try {
      new RegExp(policy.pattern);
    } catch (error) {
      found.push({ pointer: "/policy/pattern", text: error.message });
    }
    for (const [name, { min, max }] of Object.entries(policy.settings)) {
      if (UNITS[name] === undefined) {
        const text = `RabbitMQ has no such limit; it has ${Object.keys(UNITS).join(", ")}`;
        found.push({ pointer: `/policy/settings/${name}`, text });
      }
      if (!(min < max)) {
        found.push({ pointer: `/policy/settings/${name}/max`, text: `${max} is not above min, which is ${min}` });
      }
    }
  }
  if (found.length > 0) {
    throw new Problems(found);
  }
}
