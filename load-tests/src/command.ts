/** Programs of this folder take their arguments and tell their results as the `assay` command does. */
import { type Command, helpOf, readArguments } from "@assay/cli/command"
import { makeOutput } from "@assay/cli/output"
import { endWithNpm } from "@assay/infra/local"
import { COMMAND, EXIT, exitCodeOf, processEnvironment, textOf } from "@assay/settings"

/** @param command its `usage` is the whole call, for example `npm run faults -- --rounds N` */
export const runProgram = async (command: Command): Promise<void> => {
  const argv = process.argv.slice(2)
  endWithNpm()
  const program = { ...command, helpCall: `npm run ${command.name} -- --help` }
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(helpOf(program))
    return
  }
  try {
    const given = readArguments(program, argv)
    process.exitCode = await command.run(given, makeOutput(given.flag("json")))
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    process.stderr.write(`${command.name}: ${error.message}\n`)
    const code = exitCodeOf(error)
    if (code !== EXIT.usage && textOf(COMMAND.debug, processEnvironment())) process.stderr.write(`${error.stack}\n`)
    process.exitCode = code
  }
}
