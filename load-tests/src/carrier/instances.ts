/** The processes of a site in one directory: their logs, their pids, and what they ended of. */
import { join } from "node:path"
import { cleanEnvironment, MAIN } from "../cluster/assay.ts"
import { Instance } from "../cluster/instance.ts"
import { startWatchdog } from "../cluster/watchdog.ts"

/** Starts one: its name, its port, what stands after `assay`, and what configures it. */
export type Start = (
  name: string,
  port: number,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
) => Instance

/** @param ends gets a sentence for each that ends though nobody asked it to */
export const instancesIn = (dir: string, ends: Array<string>): Start => {
  const watchdog = startWatchdog(join(dir, "pids"), MAIN)
  return (name, port, args, env) => {
    const instance = new Instance({
      name,
      service: name,
      args,
      port,
      env: { ...cleanEnvironment(), ...env },
      logFile: join(dir, `${name}.log`),
      watchdog,
      onExit: ({ how }) => ends.push(`the ${name} ended by itself: ${how}`),
    })
    instance.start()
    return instance
  }
}
