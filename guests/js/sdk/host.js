/** The seam between the SDK and whoever runs the connector: servo in WebAssembly, `testing.js` in a unit test. */

import { Failure } from "./failure.js";

/** What the world imports, by name; `clock` is the time in milliseconds. */
export const host = { clock: () => Date.now() };

/** An interface of the contract, or an error that says how to get it. */
export function imported(name) {
  const found = host[name];
  if (found === undefined) {
    throw Failure.failed(`nobody offers \`${name}\`: add \`import servo:connector/${name}@0.1.0;\` to wit/world.wit`);
  }
  return found;
}

/** Calls the host and turns what it throws, an error with a payload, into a failure. */
export function call(run, failure) {
  try {
    return run();
  } catch (error) {
    if (error !== null && typeof error === "object" && "payload" in error) {
      throw failure(error.payload);
    }
    throw error;
  }
}

/** A failure of the contract as one of ours. */
export function fromFailure(payload) {
  return new Failure(payload.code, payload.message, payload.reason ?? undefined);
}
