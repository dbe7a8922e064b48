/**
 * What a setting is: declared once, as plain data. The decoder (`read.ts`), `assay run --help` and the tables of
 * docs/guides/configuration.md (`tables.ts`) are made from it. Nothing here loads Effect: commands that only need a key's
 * name start without it.
 */

/** The part of a process that a setting belongs to; a table of its own in the guide. */
export type Part =
  | "node"
  | "log"
  | "kafka"
  | "registry"
  | "http"
  | "telemetry"
  | "read-model"
  | "egress"
  | "mqtt"
  | "onem2m"
  | "anchor"
  | "command"
  | "script"

/** What the environment may hold for it. */
export type Takes =
  | { readonly kind: "whole"; readonly minimum: number; readonly maximum: number }
  | { readonly kind: "choice"; readonly values: ReadonlyArray<string> }
  /** `empty`: whether the empty text is a value of it. `pattern`: what the whole text matches, where `form` can be put so. */
  | { readonly kind: "text"; readonly form: string; readonly empty: boolean; readonly pattern?: RegExp }

export interface Setting<A, Secret extends boolean = boolean> {
  readonly key: string
  readonly part: Part
  readonly takes: Takes
  /** In force where the key is absent; null: nothing is. */
  readonly fallback: A
  /** The default as the guide writes it, where `fallback` does not say it. */
  readonly shown?: string
  /** Its value goes into no message, no log and no help: it is read as `Redacted`. */
  readonly secret: Secret
  /** One plain sentence, without a full stop at its end. */
  readonly about: string
  /** What else the guide says. */
  readonly more?: string
}

type Rest<A> = Pick<Setting<A>, "key" | "part" | "about" | "more" | "shown">

export const whole = <A extends number | null>(
  setting: Rest<A> & { readonly minimum: number; readonly maximum: number; readonly fallback: A },
): Setting<number | A, false> => {
  const { minimum, maximum, ...rest } = setting
  return { ...rest, takes: { kind: "whole", minimum, maximum }, secret: false }
}

export const choice = <const V extends string, A extends V | null>(
  setting: Rest<A> & { readonly values: ReadonlyArray<V>; readonly fallback: A },
): Setting<V | A, false> => {
  const { values, ...rest } = setting
  return { ...rest, takes: { kind: "choice", values }, secret: false }
}

type TextOptions = Omit<Rest<string>, "shown"> & { readonly form?: string; readonly shown?: string }

/** A text that may be left out; empty is not a value. */
export const optional = ({ form = "text", ...rest }: TextOptions): Setting<string | null, false> => ({
  ...rest,
  takes: { kind: "text", form, empty: false },
  fallback: null,
  secret: false,
})

export const text = ({
  form = "text",
  empty = false,
  pattern,
  ...rest
}: TextOptions & {
  readonly fallback: string
  readonly empty?: boolean
  readonly pattern?: RegExp
}): Setting<string, false> => ({
  ...rest,
  takes: { kind: "text", form, empty, ...(pattern === undefined ? {} : { pattern }) },
  secret: false,
})

/** The variable that names a file with a secret setting's value, as containers are given secrets: `KAFKA_SASL_PASSWORD_FILE`. */
export const fileKeyOf = ({ key }: Setting<unknown, true>): string => `${key}_FILE`

export const isSecret = (setting: Setting<unknown>): setting is Setting<unknown, true> => setting.secret

/** The same setting, read as `Redacted`; its value may stand in a file instead (`fileKeyOf`). */
export const secret = <A>(setting: Setting<A>): Setting<A, true> => ({ ...setting, secret: true })

/** Whether a text is a value of a setting that takes one. */
export const fits = ({ takes }: Setting<string>, value: string): boolean =>
  takes.kind === "text" && (takes.empty || value !== "") && (takes.pattern?.test(value) ?? true)

/** What is expected, for messages and the guide. */
export const expectedOf = ({ takes }: Setting<unknown>): string => {
  if (takes.kind === "whole") return `a whole number from ${takes.minimum} to ${takes.maximum}`
  if (takes.kind === "choice") return takes.values.join(" or ")
  return takes.empty ? takes.form : `${takes.form}, not empty`
}
