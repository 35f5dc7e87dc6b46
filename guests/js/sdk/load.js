/** The load generator of the host. Needs a grant for each origin. */

import { call, fromFailure, imported } from "./host.js";

const DEFAULTS = {
  format: "http",
  connections: 10,
  workers: 0,
  timeout: undefined,
  http2: true,
  keepalive: true,
  insecure: false,
  maxBody: undefined,
  reportEvery: 1000,
};

/**
 * Sends requests until the duration is over; yields a report for each interval and returns that of the whole. Leaving
 * the loop stops it. The plan has `targets`, `duration` and perhaps `rate: [requests, milliseconds]`; without a rate
 * each connection sends when it got its answer.
 */
export function* attack(plan) {
  const { rate, ...rest } = { ...DEFAULTS, ...plan };
  const pace = rate === undefined ? { tag: "closed", val: rest.connections } : { tag: "rate", val: rate };
  const { Attack } = imported("load");
  const running = call(() => Attack.start({ ...rest, pace }), fromFailure);
  try {
    for (;;) {
      const report = call(() => running.next(), fromFailure);
      if (report === null || report === undefined) {
        return toReport(running.total());
      }
      yield toReport(report);
    }
  } finally {
    running[Symbol.dispose]?.();
  }
}

function toReport(report) {
  return { ...report, statusCodes: new Map(report.statusCodes) };
}
