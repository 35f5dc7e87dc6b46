/** Failures: one constructor for each code of the contract, so that a call site says which it means. */

/** An operation that did not work. Its message says what happened to which object, and what to do next. */
export class Failure extends Error {
  /** Prefer the functions that name the code. `reason` is a short word for programs, for example `unschedulable`. */
  constructor(code, message, reason) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.reason = reason;
  }

  /** Something went wrong. */
  static failed(message, reason) {
    return new Failure("failed", message, reason);
  }

  /** The change cannot be made; the optimizer learns from it. */
  static rejected(message, reason) {
    return new Failure("rejected", message, reason);
  }

  /** Ended because going on would do harm. */
  static aborted(message, reason) {
    return new Failure("aborted", message, reason);
  }

  /** Ended because somebody asked for it. */
  static cancelled(message, reason) {
    return new Failure("cancelled", message, reason);
  }

  /** Not done in time. */
  static timedOut(message, reason) {
    return new Failure("timed-out", message, reason);
  }
}
