/** Reads declared settings from an environment. Loads Effect, which is why it is a subpath of its own. */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Environment } from "./environment.ts"
import { ConfigurationError } from "./error.ts"
import { secretInFile } from "./secret-file.ts"
import { expectedOf, fileKeyOf, isSecret, type Setting, type Takes } from "./setting.ts"

export type { Environment } from "./environment.ts"

type Secret<A> = A extends null ? null : Redacted.Redacted<A>
type Value<S> = S extends Setting<infer A, infer IsSecret> ? (IsSecret extends true ? Secret<A> : A) : never
export type Values<S> = { readonly [Name in keyof S]: Value<S[Name]> }

const schemaOf = (takes: Takes): Schema.Codec<unknown, string> => {
  if (takes.kind === "choice") return Schema.Literals(takes.values)
  if (takes.kind === "text") {
    const { empty, pattern } = takes
    const given = empty ? Schema.String : Schema.NonEmptyString
    return pattern === undefined ? given : given.pipe(Schema.check(Schema.isPattern(pattern)))
  }
  const { minimum, maximum } = takes
  return Schema.FiniteFromString.pipe(Schema.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })))
}

/**
 * What is given for a secret by the file that another variable names.
 * @throws ConfigurationError where both are given, or the file cannot be read
 */
const inFile = (setting: Setting<unknown, true>, environment: Environment): string | undefined => {
  const key = fileKeyOf(setting)
  const path = environment[key]
  if (path === undefined) return undefined
  if (environment[setting.key] !== undefined)
    throw new ConfigurationError(`configuration: ${setting.key} and ${key} are both set: give one of them`)
  try {
    return secretInFile(path)
  } catch (cause) {
    throw new ConfigurationError(
      `configuration: ${key}: ${JSON.stringify(path)} cannot be read: ${(cause as NodeJS.ErrnoException).code}`,
    )
  }
}

/** @throws ConfigurationError that names the key, and what it takes */
const readOne = (setting: Setting<unknown>, environment: Environment): unknown => {
  const { key, takes, fallback } = setting
  const given = (isSecret(setting) ? inFile(setting, environment) : undefined) ?? environment[key]
  if (given === undefined) return setting.secret && fallback !== null ? Redacted.make(fallback) : fallback
  const decoded = Schema.decodeUnknownResult(schemaOf(takes))(given)
  if (Result.isSuccess(decoded)) return setting.secret ? Redacted.make(decoded.success) : decoded.success
  const shown = setting.secret ? "not usable" : JSON.stringify(given)
  throw new ConfigurationError(`configuration: ${key} is ${shown}: expected ${expectedOf(setting)}`)
}

/**
 * The values of a group of settings; secrets are `Redacted`.
 * @throws ConfigurationError that names the first key which is wrong, and what it takes
 */
export const readSettings = <const S extends Readonly<Record<string, Setting<unknown>>>>(
  settings: S,
  environment: Environment,
): Values<S> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, readOne(setting, environment)]),
  ) as Values<S>
