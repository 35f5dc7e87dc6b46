/** Types of the SDK; what each does is said in the modules. Lengths of time are milliseconds, points in time seconds. */

/** What a setting is set to. */
export type Value = number | string;

/** Why an operation failed; programs branch on it. */
export type Code =
  | "rejected"
  | "aborted"
  | "cancelled"
  | "failed"
  | "timed-out"
  | "limit-exceeded"
  | "denied"
  | "busy";

/** An operation that did not work. */
export class Failure extends Error {
  readonly code: Code;
  readonly reason: string | undefined;
  constructor(code: Code, message: string, reason?: string);
  static failed(message: string, reason?: string): Failure;
  static rejected(message: string, reason?: string): Failure;
  static aborted(message: string, reason?: string): Failure;
  static cancelled(message: string, reason?: string): Failure;
  static timedOut(message: string, reason?: string): Failure;
}

/** A metric; the unit is for example `rps`, `ms`, `GiB`, or nothing. */
export interface Metric {
  name: string;
  unit?: string;
}

/** Values of one metric over time; `id` says which of several sources it is. */
export interface Series {
  metric: string;
  id?: string | undefined;
  annotations?: Record<string, string>;
  times: number[];
  values: number[];
}

/** One value of one metric. */
export interface Scalar {
  metric: string;
  id?: string | undefined;
  at?: number;
  value: number;
}

export type Reading = Series | Scalar;

/** All series or all scalars, and remarks for the optimizer. */
export interface Measurement {
  readings: Reading[];
  annotations?: Record<string, string>;
}

/** Numbers from `min` to `max`; without a step any of them. */
export interface Range {
  min: number;
  max: number;
  step?: number;
  scale?: "linear" | "log";
}

/** One of the listed values. */
export interface Choice {
  values: Value[];
}

/** One setting of a component; no value when it cannot be known. */
export interface Setting {
  name: string;
  unit?: string | undefined;
  domain: Range | Choice;
  value?: Value | undefined;
  pinned?: boolean;
}

/** A part of the application that has settings. */
export interface Component {
  name: string;
  settings: Setting[];
}

/** The state of the application. */
export interface Description {
  components?: Component[];
  metrics?: Metric[];
}

/** A wanted change. */
export interface Adjustment {
  component: string;
  setting: string;
  value: Value;
}

/** An objective that a measurement must keep. */
export interface Condition {
  metric: string;
  keep: "below" | "above";
  threshold: number | string;
  triggerCount: number;
  triggerWindow: number;
  /** The value of another metric is multiplied by this before it is compared with. */
  thresholdMultiplier: number;
  /** From zero up to this the metric is too small to be compared with another one. */
  metricMinimum: number;
  /** From zero up to this the multiplied value of another metric is too small to be compared with. */
  thresholdMinimum: number;
  description?: string;
}

/** How an event is to be carried out. */
export interface Control {
  delay: number;
  warmup: number;
  duration: number;
  settlement: number;
  load: unknown;
  slo: Condition[];
  userdata: Record<string, unknown>;
}

/** What cannot be read from the exports. */
export interface Declaration {
  hooks?: { event: string; moment: "before" | "after" }[];
  /** Made with `event(…)`. */
  events?: EventDefinition[];
  /** Names of defined events, the connector's own among them. */
  handles?: string[];
}

/** A field of settings, or JSON Schema. */
export type Schema = Field<unknown> | Record<string, unknown>;

/** An event of the connector's own. */
export interface EventDefinition {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
  returns: Record<string, unknown>;
}

/** An argument of a command. */
export interface Argument {
  name: string;
  kind: "flag" | "text" | "number" | "duration";
  description: string;
  positional: boolean;
  required: boolean;
  repeated: boolean;
}

/** What was given: `true` for a flag, milliseconds for a duration, a list for what may be repeated. */
export type Given = Record<string, true | string | number | (string | number)[]>;

/** What a command found, and its columns: heading and JSON pointer. */
export interface Answer {
  value: unknown;
  columns: Record<string, string>;
}

/** A command for the command line. */
export interface Command<State> {
  name: string;
  description: string;
  arguments: Argument[];
  run: (state: State, args: Given) => Answer;
}

/** How a check ended. */
export interface CheckOutcome {
  passed: boolean;
  message: string;
  hint?: string | undefined;
}

export interface CheckOptions<State> {
  description?: string;
  severity?: "warning" | "common" | "critical";
  tags?: string[];
  remedy?: (state: State) => string;
}

/** A check that can be run. */
export interface Check<State> extends CheckOptions<State> {
  id: string;
  name: string;
  run: (state: State) => CheckOutcome;
}

/** What a connector is; which interface each function belongs to is said at `connector`. */
export interface Definition<S, State> {
  settings: Settings<S>;
  example: unknown;
  configure(settings: S): State;
  startup?(state: State): void;
  shutdown?(state: State, reason: string): void;
  metrics?(state: State): Metric[];
  components?(state: State): Component[];
  describe?(state: State, control: Control): Description;
  measure?(state: State, metrics: string[], control: Control): Measurement;
  adjust?(state: State, adjustments: Adjustment[], control: Control): Description;
  checks?: Check<State>[];
  promote?(state: State): void;
  declare?(state: State): Declaration;
  before?(state: State, event: string, args: unknown): void;
  after?(state: State, event: string, outcomes: unknown): void;
  handle?(state: State, event: string, args: unknown): unknown;
  commands?: Command<State>[];
}

export function connector<S, State>(definition: Definition<S, State>): Definition<S, State>;
export function check<State>(
  id: string,
  name: string,
  run: (state: State) => CheckOutcome,
  options?: CheckOptions<State>,
): Check<State>;
export function passed(message: string): CheckOutcome;
export function failed(message: string, hint?: string): CheckOutcome;
export function event(
  name: string,
  description: string,
  types?: { parameters?: Schema; returns?: Schema },
): EventDefinition;
export function command<State>(
  name: string,
  description: string,
  args: Argument[],
  run: (state: State, args: Given) => Answer,
): Command<State>;
export function argument(
  name: string,
  kind: Argument["kind"],
  description: string,
  options?: { positional?: boolean; required?: boolean; repeated?: boolean },
): Argument;
export function answer(value: unknown, columns?: Record<string, string>): Answer;

/** What is wrong with the value at a JSON pointer such as `/targets/0/url`. */
export interface Problem {
  pointer: string;
  text: string;
}

export class Problems extends Error {
  readonly problems: Problem[];
  constructor(problems: Problem[]);
}

/** A field of the settings that is read as a `T`. */
export interface Field<T> {
  readonly schema: Record<string, unknown>;
  readonly optional?: boolean;
  read(value: unknown, at: string, wrong: (pointer: string, text: string) => void): T;
}

/** A field that may be left out. */
export interface OptionalField<T> extends Field<T> {
  readonly optional: true;
}

/** Settings that are read as an `S`. */
export interface Settings<S> {
  readonly schema: Record<string, unknown>;
  read(value: unknown): S;
}

/** What the fields are read as. */
export type Read<F> = {
  [K in keyof F as F[K] extends OptionalField<unknown> ? never : K]: F[K] extends Field<infer T> ? T : never;
} & { [K in keyof F as F[K] extends OptionalField<unknown> ? K : never]?: F[K] extends Field<infer T> ? T : never };

/** Keywords of JSON Schema, `default` among them. */
export type Rules = Record<string, unknown>;
type Fields = Record<string, Field<unknown>>;

export function text(description: string, rules?: Rules): Field<string>;
export function number(description: string, rules?: Rules): Field<number>;
export function integer(description: string, rules?: Rules): Field<number>;
export function flag(description: string, rules?: Rules): Field<boolean>;
export function choice<const T extends Value>(description: string, values: readonly T[], rules?: Rules): Field<T>;
export function endpoint(description: string, rules?: Rules): Field<string>;
export function duration(description: string, rules?: Rules): Field<number>;
export function list<T>(description: string, item: Field<T>, rules?: Rules): Field<T[]>;
export function map<T>(description: string, item: Field<T>, rules?: Rules): Field<Record<string, T>>;
export function object<F extends Fields>(description: string | undefined, fields: F, rules?: Rules): Field<Read<F>>;
export function optional<T>(inner: Field<T>): OptionalField<T>;
export function settings<F extends Fields>(fields: F, description?: string): Settings<Read<F>>;

export function parseDuration(value: string | number): number;
export function formatDuration(milliseconds: number): string;

export namespace log {
  type Level = "trace" | "debug" | "info" | "success" | "warning" | "error" | "critical";
  function write(level: Level, message: unknown): void;
  function debug(message: unknown): void;
  function info(message: unknown): void;
  function success(message: unknown): void;
  function warning(message: unknown): void;
  function error(message: unknown): void;
}

export namespace progress {
  function report(message: string, percent?: number, readings?: Reading[]): void;
  function wait(milliseconds: number): void;
  function waitShowing(total: number, what: string): void;
  function ticks(total: number, every?: number, what?: string): Generator<number, void, void>;
}

export namespace time {
  function now(): number;
}

export namespace http {
  interface Options {
    query?: Record<string, string | number | boolean>;
    headers?: Record<string, string>;
    body?: string | Uint8Array;
    json?: unknown;
    timeout?: number;
  }
  interface Request extends Options {
    method?: string;
    url: string;
  }
  class Response {
    constructor(parts: { status: number; headers: [string, string][]; body: Uint8Array });
    readonly status: number;
    readonly headers: [string, string][];
    readonly body: Uint8Array;
    readonly ok: boolean;
    readonly text: string;
    readonly excerpt: string;
    header(name: string): string | undefined;
    json(): unknown;
  }
  function fetch(method: string, url: string, options?: Options): Response;
  function fetchAll(requests: Request[]): (Response | Failure)[];
  function get(url: string, options?: Options): Response;
  function post(url: string, options?: Options): Response;
  function put(url: string, options?: Options): Response;
  function del(url: string, options?: Options): Response;
}

export namespace dispatch {
  interface Options {
    include?: string[];
    exclude?: string[];
    first?: boolean;
    timeout?: number;
  }
  interface Answers {
    answers: Map<string, unknown>;
    skipped: string[];
  }
  function dispatch(event: string, args?: unknown, options?: Options): Answers;
}

export namespace load {
  interface Plan {
    targets: string;
    duration: number;
    rate?: [number, number];
    format?: "http" | "json";
    connections?: number;
    workers?: number;
    timeout?: number;
    http2?: boolean;
    keepalive?: boolean;
    insecure?: boolean;
    maxBody?: number;
    reportEvery?: number;
  }
  interface Report {
    start: number;
    end: number;
    requests: number;
    missed: number;
    rate: number;
    throughput: number;
    success: number;
    latencies: Record<"total" | "mean" | "p50" | "p90" | "p95" | "p99" | "max" | "min", number>;
    bytesIn: number;
    bytesOut: number;
    statusCodes: Map<number, number>;
    errors: string[];
  }
  function attack(plan: Plan): Generator<Report, Report, void>;
}
