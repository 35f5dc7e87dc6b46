// Runs without WebAssembly and without servo, on what `servo build` made of connector.ts: `npm test`.

import assert from "node:assert/strict";
import test from "node:test";

import connector from "../.servo/gen/js/connector.js";

test("the settings are checked", () => {
  const configured = (settings) => connector.configure(connector.settings.read(settings));
  assert.equal(configured({ value: 100 }).value, 100);
  for (const wrong of [{ value: 101 }, { value: "many" }, {}]) {
    assert.throws(() => configured(wrong), { name: "Problems" });
  }
});
