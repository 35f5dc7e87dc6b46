/**
 * Progress of the call in progress, and waiting that a cancel ends. A cancel is thrown as a failure with code
 * `cancelled`, which ends the call in good order unless it is caught. Lengths of time are milliseconds.
 */

import { formatDuration } from "./duration.js";
import { Failure } from "./failure.js";
import { host, imported } from "./host.js";

const LONGEST = 2 ** 32 - 1;

/** Says how far the call is: one line for people, 0 to 100 percent, and what was measured so far. */
export function report(message, percent, readings = []) {
  goOn(imported("progress").report({ percent, message, readings: readings.map(toReading) }));
}

/** Waits without taking CPU time. */
export function wait(milliseconds) {
  let rest = Math.ceil(milliseconds);
  while (rest > 0) {
    const part = Math.min(rest, LONGEST);
    goOn(imported("progress").wait(part));
    rest -= part;
  }
}

/**
 * Waits `total`, reports how far it is, and yields about every `every` how much has passed. The time that the body of
 * the loop takes counts, ticks that it missed are left out, and the last one comes when all has passed.
 */
export function* ticks(total, every = 1000, what = "waiting") {
  const began = host.clock();
  const message = `${what} for ${formatDuration(total)}`;
  let told = 0;
  while (told < total) {
    const passed = host.clock() - began;
    const due = every > 0 ? Math.min((Math.floor(passed / every + 1e-6) + 1) * every, total) : total;
    wait(due - passed);
    // A clock that was set back must not repeat a tick.
    told = Math.max(due, Math.min(told + every, total));
    report(message, (100 * told) / total);
    yield told;
  }
}

/** Waits, and says every second how far it is: `waiting for 1m30s`. */
export function waitShowing(total, what) {
  for (const _ of ticks(total, 1000, what));
}

/** A reading as the contract has it: a series has `times`, a scalar has `at`. */
export function toReading(reading) {
  // The engine ends the whole instance over a value of the wrong type; here it still has a name.
  const numbers = "times" in reading ? [...reading.times, ...reading.values] : [reading.value];
  if (typeof reading.metric !== "string" || !numbers.every((number) => typeof number === "number")) {
    throw new TypeError(`the reading of \`${reading.metric}\` has a value that is not a number, or no name`);
  }
  if ("times" in reading) {
    if (reading.times.length !== reading.values.length) {
      const { metric, times, values } = reading;
      throw new TypeError(`series \`${metric}\` has ${times.length} times and ${values.length} values`);
    }
    const { metric, id, annotations = {}, times, values } = reading;
    return { tag: "series", val: { metric, id, annotations: Object.entries(annotations), times, values } };
  }
  const { metric, id, at = host.clock() / 1000, value } = reading;
  return { tag: "scalar", val: { metric, id, at, value } };
}

function goOn(directive) {
  if (directive === "cancel") {
    throw Failure.cancelled("cancelled while waiting");
  }
}
