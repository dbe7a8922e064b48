import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { Instance } from "../../src/cluster/instance.ts"
import { startWatchdog } from "../../src/cluster/watchdog.ts"

const PROGRAM = fileURLToPath(new URL("started-by-program.ts", import.meta.url))
const WITHIN = { timeout: 20_000, interval: 20 }

let dir: string
let main: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-left-behind-"))
  main = join(dir, "sleeps.mjs")
  writeFileSync(
    main,
    `import { renameSync, writeFileSync } from "node:fs"
const [file] = process.argv.slice(2)
if (file !== undefined) { writeFileSync(file + ".new", String(process.pid)); renameSync(file + ".new", file) }
setInterval(() => undefined, 1_000)\n`,
  )
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A zombie that nobody has waited for has no command line. */
const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== ""

/** A program of a service, a server and a command. @returns their pids, when all run, and that of the program last */
const started = async (call: ReadonlyArray<string>, env: Readonly<Record<string, string>>, own: string) => {
  mkdirSync(own)
  const program = spawn(call[0]!, call.slice(1), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  })
  let said = ""
  program.stdout.on("data", (text) => {
    said += String(text)
  })
  const command = join(own, "command.pid")
  await vi.waitFor(() => expect(said.endsWith("\n") && existsSync(command)).toBe(true), WITHIN)
  const pidIn = (file: string): number => Number(readFileSync(file, "utf8"))
  const [service, itself] = said.trim().split(" ").map(Number)
  const pids = [service!, pidIn(join(own, "redis", "redis.pid")), pidIn(command), itself!]
  expect(pids.map(runs)).toEqual([true, true, true, true])
  return { program, pids }
}

it("a program that is killed leaves neither services nor servers nor commands behind", {
  timeout: 60_000,
}, async () => {
  const own = join(dir, "killed")
  const { program, pids } = await started([process.execPath, PROGRAM, own, main], {}, own)
  program.kill("SIGKILL")
  await vi.waitFor(() => expect(pids.map(runs)).toEqual([false, false, false, false]), WITHIN)
})

it("nor does one that npm started, where npm's shell is ended and hands no signal on", {
  timeout: 60_000,
}, async () => {
  const own = join(dir, "by-npm")
  // Two commands, so that the shell stays: it runs one alone in its own place.
  const call = ["sh", "-c", '"$@"; true', "sh", process.execPath, PROGRAM, own, main]
  const { program, pids } = await started(call, { npm_lifecycle_event: "soak" }, own)
  program.kill("SIGTERM")
  await vi.waitFor(() => expect(pids.map(runs)).toEqual([false, false, false, false]), WITHIN)
})

it("an instance that was ended for good is started by nobody, also by a fault that had stopped it before", async () => {
  const watchdog = startWatchdog(join(dir, "own-pids"), main)
  const options = { name: "one", service: "one", port: 1, main, env: {}, args: [], watchdog }
  const instance = new Instance({ ...options, logFile: join(dir, "one.log"), onExit: () => undefined })
  instance.start()
  const pid = instance.pid!
  // As `restart-one` does, while `remove-one` of the same round takes the instance away.
  const restarting = instance.kill().then(() => instance.start())
  await Promise.all([restarting, instance.retire("kill")])
  expect([instance.pid, instance.starts, runs(pid)]).toEqual([null, 1, false])
  instance.start()
  expect(instance.starts).toBe(1)
})
