/** Events to other connectors. Needs a grant for each event. */

import { call, fromFailure, imported } from "./host.js";

/**
 * Dispatches an event and waits for all answers: `{answers: Map of alias to result or Failure, skipped: [alias]}`.
 * Options: `include`, `exclude` (aliases), `first` (ask one after another), `timeout` (milliseconds).
 */
export function dispatch(event, args = {}, { include = [], exclude = [], first = false, timeout } = {}) {
  const request = { event, arguments: JSON.stringify(args), include, exclude, first, timeout };
  const { answers, skipped } = call(() => imported("dispatch").dispatch(request), fromFailure);
  const outcome = ({ tag, val }) => (tag === "ok" ? JSON.parse(val) : fromFailure(val));
  return { answers: new Map(answers.map((answer) => [answer.connector, outcome(answer.outcome)])), skipped };
}
