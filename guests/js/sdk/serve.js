/**
 * Between the generated exports and the author's object: conversions, and no error that leaves without its text.
 *
 * `servo build` calls `serve` in the entry module that it writes.
 */

import { HANDLERS } from "./connector.js";
import { Failure } from "./failure.js";
import { host } from "./host.js";
import { toReading } from "./progress.js";
import { Problems } from "./settings.js";

/** The objects to export, by name in camelCase: those of `exports`, the interfaces that the world exports. */
export function serve(definition, exports, imports) {
  Object.assign(host, imports);
  compare(definition, exports);
  const instance = { definition, state: undefined, configured: false };
  const served = {};
  for (const name of exports) {
    served[camel(name)] = name === "settings" ? serveSettings(instance) : serveEvent(INTERFACES[name], instance);
  }
  if (served.commands !== undefined) {
    // Asked before there are settings.
    served.commands.list = () => definition.commands.map(({ run, ...command }) => command);
  }
  return served;
}

function compare(definition, exports) {
  if (definition === null || typeof definition !== "object" || definition.settings?.read === undefined) {
    throw new TypeError("servo-sdk: the default export of the connector is not made with `connector({…})`");
  }
  for (const [name, functions] of Object.entries(HANDLERS)) {
    const handled = functions.some((key) => definition[key] !== undefined);
    if (handled && !exports.includes(name)) {
      const wanted = `export servo:connector/${name}@0.1.0;`;
      throw new TypeError(`servo-sdk: the connector handles \`${name}\`: add \`${wanted}\` to wit/world.wit`);
    }
    if (!handled && exports.includes(name)) {
      throw new TypeError(`servo-sdk: wit/world.wit exports \`${name}\`; the connector has no ${functions.join(" or ")}`);
    }
  }
  // A wrong example is a mistake of the author, to be seen now.
  try {
    definition.settings.read(definition.example);
  } catch (error) {
    throw new TypeError(`servo-sdk: the example does not fit the settings: ${error.message}`);
  }
}

function serveSettings(instance) {
  const { definition } = instance;
  return {
    schema: () => JSON.stringify(definition.settings.schema),
    example: () => JSON.stringify(definition.example),
    configure(text) {
      if (instance.configured) {
        throw [{ pointer: "", text: "the connector is configured already" }];
      }
      try {
        instance.state = definition.configure(definition.settings.read(JSON.parse(text)));
        instance.configured = true;
      } catch (error) {
        if (error instanceof Problems) {
          throw error.problems;
        }
        throw [{ pointer: "", text: told(error) }];
      }
    },
  };
}

function serveEvent(functions, instance) {
  const answered = ([name, run]) => [
    name,
    (...given) => {
      try {
        if (!instance.configured) {
          throw Failure.failed("the connector was called before it was configured");
        }
        return run(instance.definition, instance.state, ...given);
      } catch (error) {
        throw toFailure(error);
      }
    },
  ];
  return Object.fromEntries(Object.entries(functions).map(answered));
}

const INTERFACES = {
  lifecycle: {
    startup: (own, state) => own.startup?.(state),
    shutdown: (own, state, reason) => own.shutdown?.(state, reason),
  },
  inventory: {
    metrics: (own, state) => (own.metrics?.(state) ?? []).map(toMetric),
    components: (own, state) => (own.components?.(state) ?? []).map(toComponent),
  },
  describe: { describe: (own, state, control) => toDescription(own.describe(state, fromControl(control))) },
  measure: {
    measure: (own, state, metrics, control) => toMeasurement(own.measure(state, metrics, fromControl(control))),
  },
  adjust: {
    adjust: (own, state, adjustments, control) =>
      toDescription(own.adjust(state, adjustments.map(fromAdjustment), fromControl(control))),
  },
  check: {
    list: (own) => own.checks.map(({ run, remedy, ...info }) => ({ ...info, remedy: remedy !== undefined })),
    run: (own, state, id) => toOutcome(find(own, id).run(state)),
    remedy: (own, state, id) => find(own, id, "remedy").remedy(state),
  },
  promote: { promote: (own, state) => own.promote(state) },
  declarations: { declare: (own, state) => toDeclaration(own.declare(state)) },
  hooks: {
    before: (own, state, event, args) => own.before?.(state, event, JSON.parse(args)),
    after: (own, state, event, outcomes) => own.after?.(state, event, JSON.parse(outcomes)),
  },
  events: { handle: (own, state, event, args) => toJson(own.handle(state, event, JSON.parse(args)), event) },
  commands: {
    run: (own, state, name, args) => {
      const found = own.commands.find((command) => command.name === name);
      if (found === undefined) {
        throw Failure.failed(`there is no command \`${name}\``);
      }
      return toAnswer(found.run(state, JSON.parse(args)), name);
    },
  },
};

function find(definition, id, part = "run") {
  const found = definition.checks.find((check) => check.id === id);
  if (found?.[part] === undefined) {
    throw Failure.failed(found === undefined ? `there is no check \`${id}\`` : `check \`${id}\` has no remedy`);
  }
  return found;
}

function fromControl({ load, slo, userdata, ...times }) {
  return {
    ...times,
    load: load === null || load === undefined ? undefined : JSON.parse(load),
    slo: slo.map(({ threshold, ...condition }) => ({ ...condition, threshold: threshold.val })),
    userdata: Object.fromEntries(userdata.map(([key, value]) => [key, JSON.parse(value)])),
  };
}

function fromAdjustment({ component, setting, value }) {
  return { component, setting, value: value.val };
}

function toMetric({ name, unit = "" }) {
  return { name, unit };
}

function toComponent({ name, settings }) {
  return { name, settings: settings.map(toSetting) };
}

function toSetting({ name, unit, domain, value, pinned = false }) {
  return { name, unit, domain: toDomain(domain), value: value === undefined ? undefined : toValue(value), pinned };
}

function toDomain({ values, min, max, step = 0, scale = "linear" }) {
  return values === undefined
    ? { tag: "range", val: { min, max, step, scale } }
    : { tag: "choice", val: values.map(toValue) };
}

function toValue(value) {
  return typeof value === "number" ? { tag: "number", val: value } : { tag: "text", val: value };
}

function toDescription(returned) {
  const { components = [], metrics = [] } = returned ?? {};
  return { components: components.map(toComponent), metrics: metrics.map(toMetric) };
}

function toMeasurement(returned) {
  const { readings, annotations = {} } = returned ?? {};
  if (!Array.isArray(readings)) {
    throw new TypeError("`measure` returned no list of `readings`");
  }
  return { readings: readings.map(toReading), annotations: Object.entries(annotations) };
}

function toDeclaration(returned) {
  const { hooks = [], events = [], handles = [] } = returned ?? {};
  const defined = ({ name, description, parameters, returns }) => ({
    name,
    description,
    parameters: JSON.stringify(parameters),
    returns: JSON.stringify(returns),
  });
  return { hooks, events: events.map(defined), handles };
}

function toAnswer(returned, command) {
  const { value, columns } = returned ?? {};
  if (columns === undefined) {
    throw new TypeError(`the command \`${command}\` returned no \`answer(…)\``);
  }
  return {
    value: toJson(value, command),
    columns: Object.entries(columns).map(([heading, pointer]) => ({ heading, pointer })),
  };
}

/** Nothing is `null`; what JSON cannot say is a mistake. */
function toJson(value, returner) {
  const text = JSON.stringify(value ?? null);
  if (text === undefined) {
    throw new TypeError(`\`${returner}\` returned something that has no JSON form`);
  }
  return text;
}

function toOutcome(returned) {
  const { passed, message, hint } = returned ?? {};
  if (typeof passed !== "boolean" || typeof message !== "string") {
    throw new TypeError("the check returned neither `passed(…)` nor `failed(…)`");
  }
  return { passed, message, hint };
}

function toFailure(error) {
  if (error instanceof Failure) {
    return { code: error.code, reason: error.reason, message: error.message };
  }
  // The trace is for the author; what cannot be logged is in the message all the same.
  host.log?.write("error", `${error?.name ?? "thrown"}: ${error?.message ?? error}\n${error?.stack ?? ""}`.trimEnd());
  return { code: "failed", reason: "exception", message: told(error) };
}

/** `TypeError: x is not a function at connector.js:12:3`: the author's own line, not one of the SDK. */
function told(error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  const lines = String(error?.stack ?? "").split("\n");
  const own = lines.find((line) => /\.js:\d+/.test(line) && !/\.servo\/(sdk|gen\/entry)/.test(line));
  const place = /([^\s(/]+\.js:\d+)/.exec(own ?? "");
  return place === null ? text : `${text} at ${place[1]}`;
}

function camel(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}
