/** As much of node as the tests use; its own types would be one more package to install. */

declare module "node:test" {
  export function test(name: string, body: () => void): void;
}

declare module "node:assert/strict" {
  interface Assert {
    equal(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown): void;
    match(actual: string, expected: RegExp): void;
    throws(body: () => void, expected: object): void;
  }
  const assert: Assert;
  export default assert;
}
