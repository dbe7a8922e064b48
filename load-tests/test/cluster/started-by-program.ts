/** A program that starts a process of each kind, reports their pids, and waits to be killed. argv: a directory, and a program to run. */
import { join } from "node:path"
import { endWithNpm } from "@assay/infra/local"
import { assay } from "../../src/cluster/assay.ts"
import { Instance } from "../../src/cluster/instance.ts"
import { startWatchdog } from "../../src/cluster/watchdog.ts"
import { ownRedis } from "../../src/faults/services.ts"

endWithNpm()
const [dir, main] = process.argv.slice(2) as [string, string]
const env = {}
const service = new Instance({
  ...{ name: "service", service: "service", port: 1, main, env, args: [] },
  ...{ logFile: join(dir, "service.log"), watchdog: startWatchdog(join(dir, "pids"), main), onExit: () => undefined },
})
service.start()
await ownRedis(dir)
// It says its pid by itself: a command is known by its end alone.
void assay([join(dir, "command.pid")], env, main)
process.stdout.write(`${service.pid} ${process.pid}\n`)
setInterval(() => undefined, 1_000)
