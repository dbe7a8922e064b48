/** How a key of the environment is read: its schema, its default, and an error that names it. */

import { ConfigurationError } from "@assay/settings"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export type Environment = Readonly<Record<string, string | undefined>>

export const whole = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.pipe(Schema.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })))

export const withDefault = <A>(key: string, schema: Schema.Codec<A, string>, value: A) =>
  Config.schema(schema, key).pipe(Config.withDefault(value))

export const optional = (key: string) => Config.schema(Schema.NonEmptyString, key).pipe(Config.withDefault(null))

/** Values that belong into no message. */
const SECRET = /PASSWORD$/

/** "KEY is VALUE: what is expected", from a schema's `what is expected at ["KEY"]`. */
const inWords = (message: string, env: Readonly<Record<string, string>>): string => {
  const [, expected, key] = /^(?:SchemaError\()?([\s\S]*?)\s+at \["([A-Z_]+)"\]/.exec(message) ?? []
  if (expected === undefined || key === undefined) return message
  const value = SECRET.test(key) ? "not usable" : JSON.stringify(env[key] ?? "")
  return `${key} is ${value}: ${expected.charAt(0).toLowerCase()}${expected.slice(1)}`
}

/** @throws ConfigurationError that names the key */
export const readKeys = <A>(keys: Config.Config<A>, environment: Environment): A => {
  const env: Record<string, string> = {}
  for (const [key, value] of Object.entries(environment)) if (value !== undefined) env[key] = value
  const provided = Effect.gen(function* () {
    return yield* keys
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  const result = Effect.runSync(Effect.result(provided))
  if (result._tag === "Success") return result.success
  throw new ConfigurationError(`configuration: ${inWords(result.failure.message, env)}`)
}
