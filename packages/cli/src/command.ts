/** What a command of `assay` is, and how its arguments are read. */
import { type ParseArgsConfig, parseArgs } from "node:util"
import type { Output } from "./output.ts"

/** Stable exit codes. */
export const EXIT = {
  ok: 0,
  /** The command ran, and what it checked is not so: a difference, a failed proof, an attack not caught. */
  failed: 1,
  /** The call, the configuration, a policy or a bundle is wrong: correct it; nothing was started. */
  usage: 2,
  /** Something that should have worked did not: a disk, a port, a data directory. */
  broken: 3,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export interface Option {
  readonly type: "string" | "boolean"
  readonly short?: string
  /** What stands behind the name in the help, for example `DIR`. */
  readonly value?: string
  readonly default?: string
  readonly help: string
}

export interface Arguments {
  readonly positionals: ReadonlyArray<string>
  flag(name: string): boolean
  /** The option's value or default, or null. */
  text(name: string): string | null
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
  run(given: Arguments, output: Output): Promise<ExitCode>
}

/** The call is wrong: its message says which word and what it takes. Exit code 2. */
export class UsageError extends Error {}

/** Every command has these. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: "boolean", help: "write the result as JSON on standard output" },
  help: { type: "boolean", short: "h", help: "show this help" },
}

/** @throws UsageError */
export const readArguments = (command: Command, argv: ReadonlyArray<string>): Arguments => {
  const declared = { ...COMMON, ...command.options }
  const options: NonNullable<ParseArgsConfig["options"]> = {}
  for (const [name, option] of Object.entries(declared)) {
    options[name] = { type: option.type, ...(option.short === undefined ? {} : { short: option.short }) }
  }
  let parsed: { values: Record<string, unknown>; positionals: Array<string> }
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }) as typeof parsed
  } catch (cause) {
    // Node's text goes on about options that begin with a dash; its first sentence names the option.
    const [first] = (cause as Error).message.split(/\. |\n/)
    throw new UsageError(`${first?.replace(/\.$/, "")}; assay ${command.name} --help lists the options`)
  }
  if (command.takes !== undefined && parsed.positionals.length > command.takes) {
    throw new UsageError(
      `${JSON.stringify(parsed.positionals[command.takes])} is one word too many: assay ${command.usage}`,
    )
  }
  const text = (name: string): string | null => {
    const value = parsed.values[name]
    return typeof value === "string" ? value : (declared[name]?.default ?? null)
  }
  return {
    positionals: parsed.positionals,
    flag: (name) => parsed.values[name] === true,
    text,
    required: (name) => {
      const value = text(name)
      if (value === null) throw new UsageError(`--${name} ${declared[name]?.value ?? ""} is needed`.replace("  ", " "))
      return value
    },
    whole: (name, minimum, maximum) => {
      const value = Number(text(name))
      if (!Number.isInteger(value) || value < minimum || value > maximum) {
        throw new UsageError(`--${name} takes a whole number from ${minimum} to ${maximum}, not ${text(name)}`)
      }
      return value
    },
  }
}

/** A command's help page. */
export const helpOf = (command: Command): string => {
  const rows = Object.entries({ ...COMMON, ...command.options }).map(([name, option]) => {
    const left = `  --${name}${option.value === undefined ? "" : ` ${option.value}`}${option.short === undefined ? "" : `, -${option.short}`}`
    return `${left.padEnd(28)}${option.help}${option.default === undefined ? "" : ` (default ${option.default})`}`
  })
  const details = command.details === "" ? "" : `\n${command.details.trim()}\n`
  return `assay ${command.usage}\n\n${command.summary}\n${details}\nOptions\n${rows.join("\n")}\n`
}
