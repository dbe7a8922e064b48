/**
 * How the programs of developers (kafka:up, bench:kafka, boundaries, schemas:generate and their like) are called and end: their
 * options are read as those of the `assay` command, each has --help and --json, and the exit codes are the same.
 */
import { type Arguments, COMMON, EXIT, type ExitCode, type Option, optionRows, readArguments } from "@assay/cli/command"
import { type Environment, exitCodeOf, processEnvironment } from "@assay/settings"
import { endWithNpm } from "./end-with-npm.ts"
import { SetupProblem } from "./problem.ts"

export { fromSetting, type Option } from "@assay/cli/command"

export interface Result {
  /** What --json writes. */
  readonly value: unknown
  /** The lines for people; may be none. */
  readonly lines: ReadonlyArray<string>
  /** Left out: 0. */
  readonly code?: ExitCode
}

export interface Command {
  /** That of the npm script. */
  readonly name: string
  readonly summary: string
  readonly options: Readonly<Record<string, Option>>
  run(given: Given, progress: (line: string) => void): Promise<Result>
}

export interface Given {
  flag(name: string): boolean
  /** The option, else its environment variable, else its default, else empty. */
  text(name: string): string
  /** @throws SetupProblem where it is no whole number in the range */
  whole(name: string, minimum: number, maximum: number): number
}

const callOf = ({ name }: Command): string => `npm run ${name} --`

export const helpOf = (command: Command): string =>
  `${callOf(command)} [options]\n\n${command.summary}\n\nOptions\n${optionRows({ ...command.options, ...COMMON })}\n`

/** @throws UsageError that names the option */
export const readGiven = (
  command: Command,
  argv: ReadonlyArray<string>,
  env: Environment = processEnvironment(),
): Given => {
  const { name, options } = command
  const call = { name, usage: `${callOf(command)} [options]`, options, takes: 0, helpCall: `${callOf(command)} --help` }
  const given: Arguments = readArguments(call, argv, env)
  const text = (option: string): string => given.text(option) ?? ""
  return {
    flag: given.flag,
    text,
    whole: (option, minimum, maximum) => {
      const value = /^\d+$/.test(text(option)) ? Number(text(option)) : Number.NaN
      if (value >= minimum && value <= maximum) return value
      const variable = options[option]?.env
      const source = given.isGiven(option) || variable === undefined || !env[variable] ? `--${option}` : variable
      throw new SetupProblem(
        `${source} takes a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(text(option))}`,
      )
    },
  }
}

/** Runs a command as a program: its exit code, its output, its errors. */
export const main = async (command: Command): Promise<void> => {
  const argv = process.argv.slice(2)
  const json = argv.includes("--json")
  endWithNpm()
  try {
    const given = readGiven(command, argv)
    if (given.flag("help")) {
      process.stdout.write(helpOf(command))
      return
    }
    const { value, lines, code = EXIT.ok } = await command.run(given, (line) => process.stderr.write(`${line}\n`))
    const text = json ? JSON.stringify(value, null, 2) : lines.join("\n")
    if (text !== "") process.stdout.write(`${text}\n`)
    process.exitCode = code
  } catch (cause) {
    const code = exitCodeOf(cause)
    // What is to be corrected is said in a sentence; what broke needs its place.
    const text = code === EXIT.usage ? (cause as Error).message : ((cause as Error).stack ?? String(cause))
    process.stderr.write(`${command.name}: ${text}\n`)
    process.exitCode = code
  }
}
