/** Settings: fields with descriptions, their JSON Schema, and reading with all problems. */

import { DURATION_SCHEMA, parseDuration } from "./duration.js";

/** All that is wrong with the settings; throw it from `configure` with `[{pointer, text}]`. */
export class Problems extends Error {
  constructor(problems) {
    super(problems.map(({ pointer, text }) => `${pointer}: ${text}`).join("; "));
    this.name = "Problems";
    this.problems = problems;
  }
}

/** A text. Rules are keywords of JSON Schema, and `default`. */
export const text = (description, rules) => plain("string", description, rules);
/** A number. */
export const number = (description, rules) => plain("number", description, rules);
/** A whole number. */
export const integer = (description, rules) => plain("integer", description, rules);
/** `true` or `false`. */
export const flag = (description, rules) => plain("boolean", description, rules);

/** One of some words or numbers. */
export function choice(description, values, rules = {}) {
  return field({ enum: values, description, ...rules }, (value, at, wrong) => {
    if (!values.includes(value)) {
      wrong(at, `${shown(value)} is none of ${values.map(shown).join(", ")}`);
    }
    return value;
  });
}

/** An `http` or `https` URL whose origin the host grants; a slash at its end is dropped, so that paths can be appended. */
export function endpoint(description, rules = {}) {
  const pattern = "^https?://[^/\\s]\\S*$";
  const schema = { type: "string", format: "uri", pattern, "x-servo-grant": "http", description, ...rules };
  return field(schema, (value, at, wrong) => {
    if (typeof value !== "string" || !new RegExp(pattern).test(value)) {
      wrong(at, `${shown(value)} is not an address; write it like \`http://host:8080\``);
      return value;
    }
    return value.replace(/\/+$/, "");
  });
}

/** A length of time such as `1m30s`; it is read as milliseconds. */
export function duration(description, rules = {}) {
  return field({ ...DURATION_SCHEMA, description, ...rules }, (value, at, wrong) => {
    try {
      return parseDuration(value);
    } catch (error) {
      wrong(at, error.message);
      return value;
    }
  });
}

/** A list of one kind of item. */
export function list(description, item, rules = {}) {
  return field({ type: "array", items: item.schema, description, ...rules }, (value, at, wrong) => {
    if (!Array.isArray(value)) {
      wrong(at, `${shown(value)} is no list`);
      return value;
    }
    return value.map((each, index) => item.read(each, `${at}/${index}`, wrong));
  });
}

/** A map from any key to one kind of item. */
export function map(description, item, rules = {}) {
  return field({ type: "object", additionalProperties: item.schema, description, ...rules }, (value, at, wrong) => {
    if (!isObject(value)) {
      wrong(at, `${shown(value)} is no map`);
      return value;
    }
    const read = ([key, each]) => [key, item.read(each, `${at}/${escape(key)}`, wrong)];
    return Object.fromEntries(Object.entries(value).map(read));
  });
}

/** A map with known keys; others are refused. */
export function object(description, fields, rules = {}) {
  const names = Object.keys(fields);
  const required = names.filter((name) => !fields[name].optional && fields[name].schema.default === undefined);
  const properties = Object.fromEntries(names.map((name) => [name, fields[name].schema]));
  const schema = { type: "object", description, properties, required, additionalProperties: false, ...rules };
  return field(schema, (value, at, wrong) => {
    if (!isObject(value)) {
      wrong(at, `${shown(value)} is no map`);
      return value;
    }
    for (const key of Object.keys(value)) {
      if (!names.includes(key)) {
        wrong(`${at}/${escape(key)}`, `there is no setting \`${key}\`; there are ${names.join(", ")}`);
      }
    }
    const found = {};
    for (const name of names) {
      const given = value[name] ?? fields[name].schema.default;
      if (given !== undefined) {
        found[name] = fields[name].read(given, `${at}/${escape(name)}`, wrong);
      } else if (required.includes(name)) {
        wrong(at, `\`${name}\` is missing`);
      }
    }
    return found;
  });
}

/** A field that may be left out, without a default. */
export function optional(inner) {
  return { ...inner, optional: true };
}

/** The settings of a connector: the schema, and how they are read. */
export function settings(fields, description) {
  const whole = object(description, fields);
  return {
    schema: JSON.parse(JSON.stringify(whole.schema)),
    read(value) {
      const problems = [];
      const found = whole.read(value, "", (pointer, text) => problems.push({ pointer, text }));
      if (problems.length > 0) {
        throw new Problems(problems);
      }
      return found;
    },
  };
}

const IS = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
};

function plain(type, description, rules = {}) {
  return field({ type, description, ...rules }, (value, at, wrong) => {
    if (!IS[type](value)) {
      wrong(at, `${shown(value)} is not of type ${type}`);
    }
    return value;
  });
}

/** The rules that are also there in unit tests; the host looks at all of them. */
const RULES = {
  minimum: (value, limit) => typeof value !== "number" || value >= limit,
  maximum: (value, limit) => typeof value !== "number" || value <= limit,
  exclusiveMinimum: (value, limit) => typeof value !== "number" || value > limit,
  exclusiveMaximum: (value, limit) => typeof value !== "number" || value < limit,
  minLength: (value, limit) => typeof value !== "string" || value.length >= limit,
  maxLength: (value, limit) => typeof value !== "string" || value.length <= limit,
  minItems: (value, limit) => !Array.isArray(value) || value.length >= limit,
  maxItems: (value, limit) => !Array.isArray(value) || value.length <= limit,
  minProperties: (value, limit) => !isObject(value) || Object.keys(value).length >= limit,
};

function field(schema, read) {
  return {
    schema,
    read(value, at, wrong) {
      const found = read(value, at, wrong);
      for (const [rule, limit] of Object.entries(schema)) {
        if (RULES[rule] !== undefined && !RULES[rule](value, limit)) {
          wrong(at, `${shown(value)} is not allowed: ${rule} is ${limit}`);
        }
      }
      return found;
    },
  };
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function escape(step) {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function shown(value) {
  if (Array.isArray(value)) {
    return "a list";
  }
  return isObject(value) ? "a map" : `\`${value}\``;
}
