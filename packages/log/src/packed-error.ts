/** Errors between threads: cloning one keeps neither its class nor its fields, and those are what callers go by. */
import {
  AheadOfClockError,
  DataDirError,
  FencedError,
  ForbiddenError,
  LogEndedError,
  LogSetupError,
  LostRecordsError,
  StorageError,
  TakenOverError,
  UnavailableError,
} from "./errors.ts"

/** An error as plain data. */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string | null
  /** Its own fields, `_tag` among them; only plain values. */
  readonly fields: Readonly<Record<string, string | number | boolean>>
  readonly cause: PackedError | null
}

/** A class whose instances are to be known by `instanceof`. */
export interface ErrorClass {
  readonly name: string
  readonly prototype: Error
}

const OF_LOGS: ReadonlyArray<ErrorClass> = [
  AheadOfClockError,
  DataDirError,
  FencedError,
  ForbiddenError,
  LogEndedError,
  LogSetupError,
  LostRecordsError,
  RangeError,
  StorageError,
  TakenOverError,
  UnavailableError,
]
/** Of causes behind causes: enough for people, and bounded. */
const MAX_DEPTH = 8

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** The class that the error is of, where it is one that `unpackError` knows; what extends one and is unknown counts as it. */
const nameOf = (error: Error, classes: ReadonlyArray<ErrorClass>): string => {
  for (let type = Object.getPrototypeOf(error); type !== null; type = Object.getPrototypeOf(type)) {
    const known = classes.find(({ prototype }) => prototype === type)
    if (known !== undefined) return known.name
  }
  return error.name
}

export const packError = (cause: unknown, more: ReadonlyArray<ErrorClass> = [], depth = 0): PackedError => {
  if (!(cause instanceof Error)) return { name: "Error", message: String(cause), stack: null, fields: {}, cause: null }
  const fields: Record<string, string | number | boolean> = {}
  for (const [field, value] of Object.entries(cause)) if (field !== "name" && isPlain(value)) fields[field] = value
  const behind = cause.cause === undefined || depth === MAX_DEPTH ? null : packError(cause.cause, more, depth + 1)
  return {
    name: nameOf(cause, [...more, ...OF_LOGS]),
    message: cause.message,
    stack: cause.stack ?? null,
    fields,
    cause: behind,
  }
}

/** @param more classes beside those of the log. One that is not known comes as an Error with that name and those fields. */
export const unpackError = (packed: PackedError, more: ReadonlyArray<ErrorClass> = []): Error => {
  const { name, message, stack, fields, cause } = packed
  const error = cause === null ? new Error(message) : new Error(message, { cause: unpackError(cause, more) })
  const type = [...more, ...OF_LOGS].find((known) => known.name === name)
  if (type !== undefined) Object.setPrototypeOf(error, type.prototype)
  Object.assign(error, fields)
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true })
  if (stack !== null) Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true })
  return error
}
