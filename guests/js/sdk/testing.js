/**
 * A host for unit tests in node, which need neither WebAssembly nor servo:
 *
 *     const host = new Host();
 *     host.answers("GET", "http://app/stats", { json: { requests: 3 } });
 *     const measured = host.run(() => connector.measure(state, [], control({ duration: 10_000 })));
 *     assert.equal(host.clock, 10_000); // nothing really waited
 */

import { host as seam } from "./host.js";
import { encode } from "./utf8.js";

/** How an event is to be carried out: nothing asked, unless said. */
export function control(asked = {}) {
  return { delay: 0, warmup: 0, duration: 0, settlement: 0, load: undefined, slo: [], userdata: {}, ...asked };
}

/** When every test begins, in seconds. */
export const START = 1_700_000_000;

/** Answers what is told, keeps what is said, and has a clock that only waiting moves. */
export class Host {
  /** `{level, message}` of each log line. */
  logs = [];
  /** `{percent, message}` of each report. */
  reports = [];
  /** The requests as they were sent; bodies as text. */
  requests = [];
  /** Milliseconds since the beginning. */
  clock = 0;
  /** When the call is cancelled. */
  cancelAt = Infinity;
  #answers = new Map();

  /**
   * What a request gets: the answers in turn, the last one again and again. An answer is `{status?, json?, body?}`,
   * `{error: tag}` such as `unreachable`, or a function of the request.
   */
  answers(method, url, ...each) {
    this.#answers.set(`${method} ${url}`, each);
  }

  /** Runs something with this host. */
  run(body) {
    const before = { ...seam };
    Object.assign(seam, this.#imports());
    try {
      return body();
    } finally {
      for (const key of Object.keys(seam)) {
        delete seam[key];
      }
      Object.assign(seam, before);
    }
  }

  #imports() {
    return {
      clock: () => START * 1000 + this.clock,
      log: { write: (level, message) => void this.logs.push({ level, message }) },
      progress: {
        report: ({ percent, message }) => {
          this.reports.push({ percent, message });
          return this.#directive();
        },
        wait: (milliseconds) => {
          this.clock = Math.max(Math.min(this.clock + milliseconds, this.cancelAt), this.clock);
          return this.#directive();
        },
      },
      http: {
        fetch: (request) => {
          const { tag, val } = this.#answer(request);
          if (tag === "err") {
            throw Object.assign(new Error(val.tag), { payload: val });
          }
          return val;
        },
        fetchAll: (requests) => requests.map((request) => this.#answer(request)),
      },
    };
  }

  #directive() {
    return this.clock >= this.cancelAt ? "cancel" : "go-on";
  }

  #answer(request) {
    const body = request.body === undefined ? undefined : String.fromCharCode(...request.body);
    this.requests.push({ ...request, body });
    const answers = this.#answers.get(`${request.method} ${request.url.split("?")[0]}`) ?? [{ error: "unreachable" }];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    const answer = typeof next === "function" ? next({ ...request, body }) : next;
    if (answer.error !== undefined) {
      return { tag: "err", val: { tag: answer.error, val: `${request.url}: ${answer.error}` } };
    }
    const text = answer.json === undefined ? (answer.body ?? "") : JSON.stringify(answer.json);
    return { tag: "ok", val: { status: answer.status ?? 200, headers: answer.headers ?? [], body: encode(text) } };
  }
}
