import { expect, it } from "vitest"
import { ConfigurationError, EXIT, exitCodeOf } from "../src/index.ts"

it.each([
  [new ConfigurationError("wrong"), EXIT.usage],
  [Object.assign(new Error("x"), { _tag: "LogSetupError" }), EXIT.usage],
  [Object.assign(new Error("x"), { _tag: "UsageError" }), EXIT.usage],
  [Object.assign(new Error("x"), { _tag: "StorageError" }), EXIT.broken],
  [Object.assign(new Error("x"), { name: "ConfigurationError" }), EXIT.broken],
  [new Error("x"), EXIT.broken],
  ["x", EXIT.broken],
  [null, EXIT.broken],
])("%s means %i", (error, code) => expect(exitCodeOf(error)).toBe(code))
