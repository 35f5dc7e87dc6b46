/** The time as the contract counts it. */

import { host } from "./host.js";

/** Seconds since 1970-01-01T00:00:00Z. */
export function now() {
  return host.clock() / 1000;
}
