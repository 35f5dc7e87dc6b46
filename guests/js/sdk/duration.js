/** Durations as people write them in `servo.yaml`: `1m30s`, `300ms`, or a plain number of seconds. */

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const UNITS = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: SECOND,
  m: 60 * SECOND,
  h: 3_600 * SECOND,
  d: DAY,
  w: 7 * DAY,
  mm: 30 * DAY,
  y: 365 * DAY,
};

/** What the settings of a connector may say. */
export const DURATION_SCHEMA = {
  type: ["string", "number"],
  format: "duration",
  pattern: "^\\s*(0|([0-9]*\\.?[0-9]+\\s*(ns|us|µs|μs|ms|s|mm|m|h|d|w|y)\\s*)+)\\s*$",
  minimum: 0,
  examples: ["300ms", "5m", "2h45m"],
};

/** Milliseconds; throws when it is no duration. */
export function parseDuration(value) {
  if (typeof value === "number" && value >= 0) {
    return value * SECOND;
  }
  const wrong = (why) => new RangeError(`\`${value}\` is not a duration: ${why}; write it like \`1m30s\``);
  if (typeof value !== "string") {
    throw wrong("it is neither a text nor a number of seconds");
  }
  if (value.trim() === "0") {
    return 0;
  }
  let milliseconds = 0;
  let rest = value.trim();
  do {
    const part = /^(\d*\.?\d+)\s*([a-zµμ]+)\s*/.exec(rest);
    if (part === null) {
      throw wrong("a number and a unit are missing");
    }
    const size = UNITS[part[2]];
    if (size === undefined) {
      throw wrong(`\`${part[2]}\` is not a unit of time`);
    }
    milliseconds += Number(part[1]) * size;
    rest = rest.slice(part[0].length);
  } while (rest !== "");
  // Whole nanoseconds: sums of decimal parts are a little off in binary.
  return Math.round(milliseconds * 1e6) / 1e6;
}

/** `1h30m`, `1m0.5s`, `300ms`, `0s`. */
export function formatDuration(milliseconds) {
  if (milliseconds > 0 && milliseconds < SECOND) {
    return `${milliseconds}ms`;
  }
  let minutes = Math.floor(milliseconds / (60 * SECOND));
  const seconds = Math.round(milliseconds - minutes * 60 * SECOND) / SECOND;
  let text = "";
  for (const [unit, size] of [["d", 1_440], ["h", 60], ["m", 1]]) {
    if (minutes >= size) {
      text += `${Math.floor(minutes / size)}${unit}`;
      minutes %= size;
    }
  }
  return seconds > 0 || text === "" ? `${text}${seconds}s` : text;
}
