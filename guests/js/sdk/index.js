/**
 * Writes servo connectors in JavaScript. A connector is one object, the default export of `connector.js`, with a
 * function for each event it handles:
 *
 *     import { connector, log, progress, settings, text } from "servo-sdk";
 *
 *     export default connector({
 *       settings: settings({ unit: text("What is counted.") }),
 *       example: { unit: "sheep" },
 *       configure: (settings) => ({ unit: settings.unit }),
 *       measure(state, metrics, control) {
 *         log.info(`counting ${state.unit}`);
 *         progress.wait(control.duration);
 *         return { readings: [] };
 *       },
 *     });
 *
 * What `configure` returns is handed to every other function. `wit/world.wit` exports the events that are handled and
 * imports what is called. Lengths of time are milliseconds, points in time seconds since the epoch.
 */

export * as dispatch from "./dispatch.js";
export * as http from "./http.js";
export * as load from "./load.js";
export * as log from "./log.js";
export * as progress from "./progress.js";
export * as time from "./time.js";
export { Failure } from "./failure.js";
export { formatDuration, parseDuration } from "./duration.js";
export {
  Problems,
  choice,
  duration,
  endpoint,
  flag,
  integer,
  list,
  map,
  number,
  object,
  optional,
  settings,
  text,
} from "./settings.js";
export { answer, argument, check, command, connector, event, failed, passed } from "./connector.js";
