/** What a command of `assay` is, and how its arguments are read. */
import { type ParseArgsConfig, parseArgs } from "node:util"
import { didYouMean, type Environment, type ExitCode, processEnvironment, type Setting } from "@assay/settings"
import type { Output } from "./output.ts"

export { EXIT, type ExitCode } from "@assay/settings"

export interface Option {
  readonly type: "string" | "boolean"
  readonly short?: string
  /** What stands behind the name in the help, for example `DIR`. */
  readonly value?: string
  readonly default?: string
  /** The variable of the environment that gives the value where the call does not. */
  readonly env?: string
  readonly help: string
}

/** What an option has from the setting that stands in its place: the variable, and the default. */
export const fromSetting = ({ key, fallback }: Setting<string | number | null>): Pick<Option, "env" | "default"> => ({
  env: key,
  ...(fallback === null ? {} : { default: String(fallback) }),
})

export interface Arguments {
  readonly positionals: ReadonlyArray<string>
  flag(name: string): boolean
  /** The option's value or default, or null. */
  text(name: string): string | null
  /** Whether the call itself has the option: neither the environment nor a default does. */
  isGiven(name: string): boolean
  /** @throws UsageError that names the option where it is missing */
  required(name: string): string
  /** @throws UsageError that names the option where it is no whole number in the range */
  whole(name: string, minimum: number, maximum: number): number
}

export interface Command {
  readonly name: string
  /** One line for the list. */
  readonly summary: string
  /** The call without `assay`, for example `explain MESSAGE`. */
  readonly usage: string
  /** More for its own help page; may be empty. */
  readonly details: string
  readonly options: Readonly<Record<string, Option>>
  /** How many words it takes at most beside its options; any number where not said. */
  readonly takes?: number
  /** The call that shows its help, where that is not `assay help NAME`. */
  readonly helpCall?: string
  run(given: Arguments, output: Output): Promise<ExitCode>
}

/** The call is wrong: its message says which word and what it takes. Exit code 2. */
export class UsageError extends Error {
  readonly _tag = "UsageError"
}

/** Every command has these. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: "boolean", help: "write the result as JSON on standard output" },
  help: { type: "boolean", short: "h", help: "show this help" },
}

/** The whole call. A program that is no command of `assay` has it in its usage. */
const callOf = ({ usage, helpCall }: { readonly usage: string; readonly helpCall?: string | undefined }): string =>
  helpCall === undefined ? `assay ${usage}` : usage

/** A word that begins with a dash is no value, but a number below zero and the lone dash of standard input are. */
const isValue = (word: string): boolean => !word.startsWith("-") || word === "-" || /^-[.\d]/.test(word)

/** @throws UsageError that names the option, and what it takes or which one was probably meant */
const checkOption = (
  { name, usage, helpCall }: Pick<Command, "name" | "usage" | "helpCall">,
  declared: Readonly<Record<string, Option>>,
  token: { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined },
): void => {
  const option = declared[token.name]
  const help = `${helpCall ?? `assay help ${name}`} lists the options`
  if (option === undefined) {
    const meant = didYouMean(
      token.rawName,
      Object.keys(declared).map((known) => `--${known}`),
    )
    throw new UsageError(`there is no option '${token.rawName}'${meant}; ${help}`)
  }
  if (option.type === "boolean") {
    if (token.value === undefined) return
    throw new UsageError(
      `${token.rawName} takes no value, so ${JSON.stringify(token.value)} is too much: ${callOf({ usage, helpCall })}`,
    )
  }
  if (token.value === undefined || (token.inlineValue !== true && !isValue(token.value)))
    throw new UsageError(`${token.rawName} takes ${option.value ?? "a value"}, and none is given; ${help}`)
}

/**
 * @param env gives the value of an option that names a variable, where the call does not
 * @throws UsageError
 */
export const readArguments = (
  command: Pick<Command, "name" | "usage" | "options" | "takes" | "helpCall">,
  argv: ReadonlyArray<string>,
  env: Environment = processEnvironment(),
): Arguments => {
  const declared = { ...COMMON, ...command.options }
  const options: NonNullable<ParseArgsConfig["options"]> = {}
  for (const [name, option] of Object.entries(declared)) {
    options[name] = { type: option.type, ...(option.short === undefined ? {} : { short: option.short }) }
  }
  // Not strict: its errors are sentences of Node, and these name what was meant.
  const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true })
  for (const token of parsed.tokens) if (token.kind === "option") checkOption(command, declared, token)
  if (command.takes !== undefined && parsed.positionals.length > command.takes) {
    throw new UsageError(
      `${JSON.stringify(parsed.positionals[command.takes])} is one word too many: ${callOf(command)}`,
    )
  }
  const text = (name: string): string | null => {
    const value = parsed.values[name]
    if (typeof value === "string") return value
    const option = declared[name]
    const variable = option?.env === undefined ? undefined : env[option.env]
    return variable ? variable : (option?.default ?? null)
  }
  return {
    positionals: parsed.positionals,
    flag: (name) => parsed.values[name] === true,
    isGiven: (name) => parsed.values[name] !== undefined,
    text,
    required: (name) => {
      const value = text(name)
      if (value === null) throw new UsageError(`--${name} ${declared[name]?.value ?? ""} is needed`.replace("  ", " "))
      return value
    },
    whole: (name, minimum, maximum) => {
      const given = text(name) ?? ""
      const value = Number(given)
      // Number() makes 0 of an empty text, as of a variable that is not set.
      if (!/^-?\d+$/.test(given) || value < minimum || value > maximum) {
        throw new UsageError(`--${name} takes a whole number from ${minimum} to ${maximum}, not ${given || '""'}`)
      }
      return value
    },
  }
}

const notesOf = ({ env, default: value }: Option): string => {
  const notes = [...(env === undefined ? [] : [`or ${env}`]), ...(value === undefined ? [] : [`default ${value}`])]
  return notes.length === 0 ? "" : ` (${notes.join("; ")})`
}

/** A line for each option: name, value, help, where else it comes from. */
export const optionRows = (options: Readonly<Record<string, Option>>): string => {
  const rows = Object.entries(options).map(([name, option]) => {
    const left = `  --${name}${option.value === undefined ? "" : ` ${option.value}`}${option.short === undefined ? "" : `, -${option.short}`}`
    return `${left.padEnd(28)}${option.help}${notesOf(option)}`
  })
  return rows.join("\n")
}

/** A command's help page. */
export const helpOf = (command: Command): string => {
  const details = command.details === "" ? "" : `\n${command.details.trim()}\n`
  const options = optionRows({ ...COMMON, ...command.options })
  return `${callOf(command)}\n\n${command.summary}\n${details}\nOptions\n${options}\n`
}
