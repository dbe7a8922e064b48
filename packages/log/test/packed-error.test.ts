import { MessageChannel, receiveMessageOnPort } from "node:worker_threads"
import { expect, it } from "vitest"
import {
  FencedError,
  ForbiddenError,
  LogEndedError,
  LogSetupError,
  StorageError,
  UnavailableError,
} from "../src/errors.ts"
import { type ErrorClass, packError, unpackError } from "../src/packed-error.ts"

const across = (cause: unknown, more: ReadonlyArray<ErrorClass> = []): Error => {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(packError(cause, more))
  const { message } = receiveMessageOnPort(port2)!
  port1.close()
  return unpackError(message, more)
}

it("keeps class, tag, fields, stack and causes", () => {
  const sent = new FencedError("g", "in", 3, 5)
  const got = across(sent)
  expect(got).toBeInstanceOf(FencedError)
  expect(got).toMatchObject({ _tag: "FencedError", name: "FencedError", message: sent.message, expected: 3, actual: 5 })
  expect(got.stack).toBe(sent.stack)
  const behind = across(new StorageError("outer", { cause: new UnavailableError("inner") }))
  expect(behind.cause).toBeInstanceOf(UnavailableError)
  expect((behind.cause as Error).message).toBe("inner")
})

it("keeps what a class extends", () => {
  expect(across(new ForbiddenError("no"))).toBeInstanceOf(LogSetupError)
  expect(across(new LogEndedError("ended"))).toBeInstanceOf(LogEndedError)
  class Narrower extends StorageError {}
  expect(across(new Narrower("of no known class"))).toBeInstanceOf(StorageError)
})

it("gives what it does not know its name and its tag", () => {
  class Own extends Error {
    readonly _tag = "Own"
    override readonly name = "Own"
  }
  expect(across(new Own("mine"))).toMatchObject({ name: "Own", _tag: "Own", message: "mine" })
  expect(across(new Own("mine"))).not.toBeInstanceOf(Own)
  expect(across(new Own("mine"), [Own])).toBeInstanceOf(Own)
  expect(across("a text")).toMatchObject({ message: "a text" })
})

it("ends a chain of causes", () => {
  let cause: unknown = new Error("last")
  for (let n = 0; n < 50; n++) cause = new Error("more", { cause })
  let depth = 0
  for (let at: unknown = across(cause); at instanceof Error; at = at.cause) depth++
  expect(depth).toBeLessThan(12)
})
