/** `connector` and `check`: what an author defines. */

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
 * - `declare(state)` returns `{hooks: [{event, moment}]}`; `before(state, event, args)`, `after(state, event, outcomes)`
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
