/** What an author defines: `connector`, and the checks and commands in it. */

import { object } from "./settings.js";

/** The interfaces of the contract, and the functions of a connector that handle them; of several, one is enough. */
export const HANDLERS = {
  lifecycle: ["startup", "shutdown"],
  inventory: ["metrics", "components"],
  describe: ["describe"],
  measure: ["measure"],
  adjust: ["adjust"],
  check: ["checks"],
  promote: ["promote"],
  declarations: ["declare"],
  hooks: ["before", "after"],
  events: ["handle"],
  commands: ["commands"],
};

const OTHERS = ["settings", "example", "configure"];

/**
 * A connector. `settings` and `example` are required; `configure(settings)` returns the state that every function gets
 * first, and may throw `Problems`. The functions, each for the interface of its name:
 *
 * - `measure(state, metrics, control)` returns `{readings, annotations?}`
 * - `adjust(state, adjustments, control)` and `describe(state, control)` return `{components, metrics}`
 * - `metrics(state)` and `components(state)`: `inventory`
 * - `checks`: a list of `check(…)`
 * - `startup(state)`, `shutdown(state, reason)`: `lifecycle`
 * - `promote(state)`
 * - `declare(state)` returns `{hooks: [{event, moment}], events: [event(…)], handles: [names]}`, each if there are any
 * - `before(state, event, args)`, `after(state, event, outcomes)`: `hooks`
 * - `handle(state, event, args)` returns the result of an event that `declare` named in `handles`: `events`
 * - `commands`: a list of `command(…)`
 */
export function connector(definition) {
  const known = [...OTHERS, ...Object.values(HANDLERS).flat()];
  for (const key of Object.keys(definition)) {
    if (!known.includes(key)) {
      throw new TypeError(`a connector has no \`${key}\`; it may have ${known.join(", ")}`);
    }
  }
  for (const key of ["settings", "example"]) {
    if (definition[key] === undefined) {
      throw new TypeError(`the connector has no \`${key}\``);
    }
  }
  return { configure: (settings) => settings, ...definition };
}

/**
 * A check: `run(state)` returns `passed(…)` or `failed(…)`. Options: `description`, `severity` (`warning`, `common`,
 * `critical`), `tags`, and `remedy(state)`, which repairs what the check finds and returns what it did.
 */
export function check(id, name, run, { description = "", severity = "common", tags = [], remedy } = {}) {
  return { id, name, run, description, severity, tags, remedy };
}

/** All is as it should be. */
export function passed(message) {
  return { passed: true, message };
}

/** Something is wrong, and this is what a person can do about it. */
export function failed(message, hint) {
  return { passed: false, message, hint };
}

/**
 * An event of the connector's own, for `declare`. `parameters` and `returns` are an `object(…)`, another field of
 * settings, or JSON Schema; those of an event without arguments may be left out, and then any result will do.
 */
export function event(name, description, { parameters = object(undefined, {}), returns = {} } = {}) {
  return { name, description, parameters: parameters.schema ?? parameters, returns: returns.schema ?? returns };
}

/**
 * A command for the command line: `servo NAME COMMAND`. `run(state, args)` returns an `answer(…)`; arguments that were
 * not given are not in `args`, durations are milliseconds.
 */
export function command(name, description, args, run) {
  return { name, description, arguments: args, run };
}

/**
 * An argument of a command; `kind` is `flag`, `text`, `number` or `duration`. Options: `positional` (given by its
 * place), `required`, `repeated` (arrives as a list).
 */
export function argument(name, kind, description, { positional = false, required = false, repeated = false } = {}) {
  return { name, kind, description, positional, required, repeated };
}

/**
 * What a command found, and the columns of its table: headings, and JSON pointers into each element of a list, or into
 * the value.
 */
export function answer(value, columns = {}) {
  return { value, columns };
}
