/** Types of the host for unit tests. */

import type { Control } from "./index.js";

/** How an event is to be carried out: nothing asked, unless said. */
export function control(asked?: Partial<Control>): Control;

/** When every test begins, in seconds. */
export const START: number;

/** A request as it was sent. */
export interface Sent {
  method: string;
  url: string;
  headers: [string, string][];
  body: string | undefined;
}

/** What a request gets; `error` is a case of the contract, for example `unreachable`. */
export interface Answer {
  status?: number;
  headers?: [string, string][];
  json?: unknown;
  body?: string;
  error?: "denied" | "invalid" | "unreachable" | "timed-out" | "limit-exceeded" | "protocol" | "cancelled";
}

/** Answers what is told, keeps what is said, and has a clock that only waiting moves. */
export class Host {
  logs: { level: string; message: string }[];
  reports: { percent: number | undefined; message: string }[];
  requests: Sent[];
  clock: number;
  cancelAt: number;
  answers(method: string, url: string, ...each: (Answer | ((request: Sent) => Answer))[]): void;
  run<T>(body: () => T): T;
}
