/** Programs beside the services, each a process of its own: exporters, resolvers, the process that anchors, a witness. */
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { MAIN } from "../cluster/assay.ts"
import { type Exit, Instance } from "../cluster/instance.ts"
import { startWatchdog } from "../cluster/watchdog.ts"

export interface Program {
  /** Unique; in the tape the label `service`. */
  readonly name: string
  /** After `assay`. */
  readonly args: ReadonlyArray<string>
  /** Beside what names the log. */
  readonly env?: Readonly<Record<string, string>>
  /** It has no metrics, so it belongs to no snapshot. */
  readonly quiet?: true
}

interface Programs {
  /** Those with metrics. */
  readonly scraped: ReadonlyArray<Instance>
  /**
   * Starts it, with `--metrics PORT` where it has some. Nothing where one of this name has the same arguments and environment, running or
   * not; one with others is ended first.
   */
  start(program: Program): Promise<Instance>
  /** @throws Error where none was started under this name */
  of(name: string): Instance
  stop(): Promise<void>
}

/** @param dir for their logs @param common environment of all */
export const startPrograms = (
  dir: string,
  common: Readonly<Record<string, string>>,
  progress: (line: string) => void,
): Programs => {
  const all = new Map<string, { readonly one: Instance; readonly asked: string; readonly program: Program }>()
  const watchdog = startWatchdog(join(dir, "beside"), MAIN)
  const onExit = ({ instance, how, words }: Exit): void => progress(`${instance} ended by itself (${how}): ${words}`)
  return {
    get scraped() {
      return [...all.values()].filter(({ program }) => program.quiet !== true).map(({ one }) => one)
    },
    start: async (program) => {
      const { name, args, env = {}, quiet } = program
      const asked = JSON.stringify([args, env])
      const before = all.get(name)
      if (before?.asked === asked) return before.one
      await before?.one.retire("stop")
      const port = await freePorts(1)
      const one = new Instance({
        ...{ name, service: name, port, watchdog, onExit },
        args: quiet === true ? args : [...args, "--metrics", String(port)],
        env: { ...common, ...env },
        logFile: join(dir, `${name}.log`),
      })
      one.start()
      all.set(name, { one, asked, program })
      return one
    },
    of: (name) => {
      const found = all.get(name)
      if (found === undefined) throw new Error(`no program was started as ${name}`)
      return found.one
    },
    stop: async () => {
      await Promise.all([...all.values()].map(({ one }) => one.stop()))
    },
  }
}
