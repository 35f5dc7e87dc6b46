/** Says in one line what {{name}} is for. It has one number of its own; put your application in its place. */

import {
  // {{#describe|inventory}}
  type Description,
  // {{/}}
  // {{#adjust}}
  Failure,
  // {{/}}
  // {{#commands}}
  answer,
  argument,
  // {{/}}
  // {{#check}}
  check,
  // {{/}}
  // {{#commands}}
  command,
  // {{/}}
  connector,
  // {{#events}}
  event,
  // {{/}}
  // {{#check}}
  failed,
  // {{/}}
  // {{#measure|promote|lifecycle}}
  log,
  // {{/}}
  number,
  // {{#events}}
  object,
  // {{/}}
  // {{#check}}
  passed,
  // {{/}}
  // {{#measure}}
  progress,
  // {{/}}
  settings,
} from "servo-sdk";

/** What `configure` returns; every other function gets it. */
interface State {
  value: number;
}

// {{#events}}
const WANTED = object(undefined, { value: number("What to set.", { minimum: 0, maximum: 100 }) });
const WAS = number("What was set before.");

// {{/}}
// {{#commands}}
const TIMES = [argument("times", "number", "How often it is counted")];

// {{/}}
export default connector({
  /** What the operator writes into `servo.yaml`. */
  settings: settings({ value: number("The number at the beginning, 0 to 100.", { minimum: 0, maximum: 100 }) }),
  example: { value: 7 },

  configure: ({ value }): State => ({ value }),

  // {{#describe}}
  describe: (state) => described(state),

  // {{/}}
  // {{#measure}}
  measure(state, _metrics, control) {
    log.info("measuring");
    progress.wait(control.delay + control.warmup + control.duration);
    return { readings: [{ metric: "value", value: state.value }] };
  },

  // {{/}}
  // {{#adjust}}
  adjust(state, adjustments) {
    for (const { component, setting, value } of adjustments) {
      if (component === "{{name}}" && setting === "value") {
        if (typeof value !== "number" || value < 0 || value > 100) {
          throw Failure.rejected(`value cannot be ${value}: it is 0 to 100`);
        }
        state.value = value;
      }
    }
    return described(state);
  },

  // {{/}}
  // {{#promote}}
  promote: ({ value }) => log.info(`${value} is there to stay`),

  // {{/}}
  // {{#inventory}}
  metrics: (state) => described(state).metrics ?? [],
  components: (state) => described(state).components ?? [],

  // {{/}}
  // {{#lifecycle}}
  startup: () => log.info("starting"),
  shutdown: (_state, reason) => log.info(`ending: ${reason}`),

  // {{/}}
  // {{#check}}
  checks: [
    check("positive", "The value is above zero", ({ value }: State) =>
      value > 0 ? passed(`it is ${value}`) : failed("it is 0", "set `value` in servo.yaml to more than 0"),
    ),
  ],

  // {{/}}
  // {{#events}}
  /** An event of its own: `servo dispatch {{name}}.set '{"value": 9}'`. Others may handle, hook and dispatch it, too. */
  declare: () => ({
    events: [event("{{name}}.set", "Sets the value, and answers what it was.", { parameters: WANTED, returns: WAS })],
    handles: ["{{name}}.set"],
  }),
  handle(state, _event, args) {
    const was = state.value;
    state.value = (args as State).value;
    return was;
  },

  // {{/}}
  // {{#commands}}
  /** For the command line: `servo {{name}} value`. */
  commands: [
    command("value", "Shows the value", TIMES, (state: State, { times = 1 }) =>
      answer({ value: state.value * Number(times) }, { VALUE: "/value" }),
    ),
  ],
  // {{/}}
});
// {{#describe|inventory}}

function described({ value }: State): Description {
  const setting = { name: "value", domain: { min: 0, max: 100, step: 1 }, value };
  return { components: [{ name: "{{name}}", settings: [setting] }], metrics: [{ name: "value", unit: "" }] };
}
// {{/}}
