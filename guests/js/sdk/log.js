/** Log lines. They carry the name of the connector and of the event; more than the limit are dropped. */

import { imported } from "./host.js";

/** Writes a line: `trace`, `debug`, `info`, `success`, `warning`, `error` or `critical`. */
export function write(level, message) {
  imported("log").write(level, String(message));
}

/** For authors. */
export const debug = (message) => write("debug", message);
/** For operators. */
export const info = (message) => write("info", message);
/** Something was done. */
export const success = (message) => write("success", message);
/** Something may be wrong. */
export const warning = (message) => write("warning", message);
/** Something is wrong. */
export const error = (message) => write("error", message);
