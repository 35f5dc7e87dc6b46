/**
 * HTTP requests to granted origins. Redirects are not followed, and a status such as 404 is an answer, not an error.
 * Credentials are added by the host.
 */

import { Failure } from "./failure.js";
import { call, imported } from "./host.js";
import { decode, encode } from "./utf8.js";

/** An answer, whatever its status. */
export class Response {
  constructor({ status, headers, body }) {
    /** 100 to 599. */
    this.status = status;
    /** Names in lower case, and values. */
    this.headers = headers;
    /** The whole body. */
    this.body = body;
  }

  /** Whether the status says success: 200 to 299. */
  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  /** The body as text; what is not UTF-8 is replaced. */
  get text() {
    return decode(this.body);
  }

  /** The first 200 characters of the body on one line, for messages. */
  get excerpt() {
    const text = this.text;
    const line = text.slice(0, 200).replace(/[\u0000-\u001f\u007f]/g, " ").trim();
    return text.length > 200 ? `${line}…` : line;
  }

  /** The value of a header; the name in lower case. */
  header(name) {
    return this.headers.find(([known]) => known === name)?.[1];
  }

  /** The body as JSON; throws a failure with the beginning of the body when it is something else. */
  json() {
    try {
      return JSON.parse(this.text);
    } catch (error) {
      throw Failure.failed(`the answer is not the JSON expected: ${error.message}: \`${this.excerpt}\``);
    }
  }
}

/**
 * Sends a request and reads the whole answer. Options: `query` (object), `headers` (object), `body` (text or bytes),
 * `json` (any value), `timeout` (milliseconds; 30 s). Throws a `Failure`; its `reason` is `unreachable`, `invalid`, …
 */
export function fetch(method, url, options = {}) {
  return new Response(call(() => imported("http").fetch(toRequest({ method, url, ...options })), fromError));
}

/** Sends all requests, `{method, url, …options}`, at once; in their order the responses, or failures. */
export function fetchAll(requests) {
  const answers = imported("http").fetchAll(requests.map(toRequest));
  return answers.map(({ tag, val }) => {
    if (tag === "ok") {
      return new Response(val);
    }
    const failure = fromError(val);
    if (failure.code === "cancelled") {
      throw failure;
    }
    return failure;
  });
}

/** Reads. */
export const get = (url, options) => fetch("GET", url, options);
/** Sends a body. */
export const post = (url, options) => fetch("POST", url, options);
/** Replaces. */
export const put = (url, options) => fetch("PUT", url, options);
/** Removes. */
export const del = (url, options) => fetch("DELETE", url, options);

function toRequest({ method = "GET", url, query = {}, headers = {}, body, json, timeout }) {
  const pairs = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const separator = url.includes("?") ? "&" : "?";
  const sent = Object.entries(headers);
  if (json !== undefined) {
    sent.push(["content-type", "application/json"]);
    body = JSON.stringify(json);
  }
  return {
    method,
    url: pairs.length > 0 ? url + separator + pairs.join("&") : url,
    headers: sent,
    body: typeof body === "string" ? encode(body) : body,
    timeout: timeout === undefined ? undefined : Math.ceil(timeout),
  };
}

const CODES = { denied: "denied", "timed-out": "timed-out", "limit-exceeded": "limit-exceeded", cancelled: "cancelled" };

function fromError({ tag, val }) {
  return new Failure(CODES[tag] ?? "failed", val ?? "cancelled during an HTTP request", tag in CODES ? undefined : tag);
}
