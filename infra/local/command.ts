/** How kafka:up, redis:up, bench:kafka and their like read their call and end: the ways of the `assay` command, in small. */
import { type ParseArgsConfig, parseArgs } from "node:util"
import { type Environment, processEnvironment, type Setting } from "@assay/settings"
import { SetupProblem } from "./problem.ts"

/** Correct the call, the machine or the data directory; the same code as the `assay` command has for that. */
const USAGE = 2
/** Something that should have worked did not. */
const BROKEN = 3

export interface Option {
  readonly type: "string" | "boolean"
  /** What stands behind the name in the help. */
  readonly value?: string
  /** The environment variable that sets it where the call does not. */
  readonly env?: string
  readonly default?: string
  readonly help: string
}

/** What an option has from its declared setting: the variable, and the default. */
export const fromSetting = ({ key, fallback }: Setting<string | number | null>): Pick<Option, "env" | "default"> => ({
  env: key,
  ...(fallback === null ? {} : { default: String(fallback) }),
})

export interface Command {
  readonly name: string
  readonly summary: string
  readonly options: Readonly<Record<string, Option>>
  /** @returns what --json writes, and the lines for people */
  run(
    given: Given,
    progress: (line: string) => void,
  ): Promise<{ readonly value: unknown; readonly lines: Array<string> }>
}

export interface Given {
  flag(name: string): boolean
  /** The option, else its environment variable, else its default. */
  text(name: string): string
  /** @throws SetupProblem where it is no whole number in the range */
  whole(name: string, minimum: number, maximum: number): number
}

const COMMON: Readonly<Record<string, Option>> = {
  json: { type: "boolean", help: "write the result as JSON on standard output" },
  help: { type: "boolean", help: "show this help" },
}

export const helpOf = (command: Command): string => {
  const rows = Object.entries({ ...command.options, ...COMMON }).map(([name, option]) => {
    const left = `  --${name}${option.value === undefined ? "" : ` ${option.value}`}`
    const notes = [option.env, option.default === undefined ? undefined : `default ${option.default}`]
    const note = notes.filter((one) => one !== undefined).join(", ")
    return `${left.padEnd(18)}${option.help}${note === "" ? "" : ` (${note})`}`
  })
  return `npm run ${command.name} -- [options]\n\n${command.summary}\n\nOptions\n${rows.join("\n")}\n`
}

/** @throws SetupProblem that names the option */
export const readGiven = (
  command: Command,
  argv: ReadonlyArray<string>,
  env: Environment = processEnvironment(),
): Given => {
  const declared = { ...command.options, ...COMMON }
  const options: NonNullable<ParseArgsConfig["options"]> = {}
  for (const [name, { type }] of Object.entries(declared)) options[name] = { type }
  let values: Record<string, unknown>
  try {
    values = parseArgs({ args: [...argv], options, strict: true }).values
  } catch (cause) {
    const [first] = (cause as Error).message.split(/\. |\n/)
    throw new SetupProblem(`${first?.replace(/\.$/, "")}; npm run ${command.name} -- --help lists the options`)
  }
  const source = (name: string): string => {
    const variable = declared[name]?.env
    return values[name] === undefined && variable !== undefined && env[variable] ? variable : `--${name}`
  }
  const text = (name: string): string => {
    const value = values[name]
    if (typeof value === "string") return value
    const variable = declared[name]?.env
    return (variable === undefined ? undefined : env[variable]) || declared[name]?.default || ""
  }
  return {
    flag: (name) => values[name] === true,
    text,
    whole: (name, minimum, maximum) => {
      const value = /^\d+$/.test(text(name)) ? Number(text(name)) : Number.NaN
      if (!(value >= minimum && value <= maximum)) {
        throw new SetupProblem(
          `${source(name)} takes a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(text(name))}`,
        )
      }
      return value
    },
  }
}

/** Runs a command as a program: its exit code, its output, its errors. */
export const main = async (command: Command): Promise<void> => {
  const argv = process.argv.slice(2)
  const json = argv.includes("--json")
  try {
    const given = readGiven(command, argv)
    if (given.flag("help")) {
      process.stdout.write(helpOf(command))
      return
    }
    const { value, lines } = await command.run(given, (line) => process.stderr.write(`${line}\n`))
    process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join("\n")}\n`)
  } catch (cause) {
    const expected = cause instanceof SetupProblem
    const text = expected ? cause.message : ((cause as Error).stack ?? String(cause))
    process.stderr.write(`${command.name}: ${text}\n`)
    process.exitCode = expected ? USAGE : BROKEN
  }
}
