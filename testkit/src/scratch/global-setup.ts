/**
 * vitest's globalSetup: one directory for all that a test run puts aside, which goes with the run. A test removes what it
 * made; where it fails, or a process of its is killed in the middle, that lies here and nowhere else.
 */
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const NAME = "assay-tests-"

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // It lives, but under another user.
    return (cause as NodeJS.ErrnoException).code === "EPERM"
  }
}

const remove = (dir: string): void => rmSync(dir, { recursive: true, force: true })

/** What runs that were killed left behind: their process number is in the name. */
const removeAbandoned = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const pid = /^(\d+)-/.exec(name.startsWith(NAME) ? name.slice(NAME.length) : "")?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) remove(join(parent, name))
  }
}

/** Half of the time on a disk goes into syncs, and no test cuts the power: what a killed process wrote is in memory as well. */
const MEMORY = "/dev/shm"
const ENOUGH_BYTES = 4 * 2 ** 30

const isRoomy = (dir: string): boolean => {
  try {
    accessSync(dir, constants.W_OK)
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize >= ENOUGH_BYTES
  } catch {
    return false // there is none
  }
}

export default (): (() => void) => {
  const parent = process.env["TMPDIR"] === undefined && isRoomy(MEMORY) ? MEMORY : tmpdir()
  removeAbandoned(parent)
  const dir = mkdtempSync(join(parent, `${NAME}${process.pid}-`))
  // Test files run in processes of their own, and inherit it, as do all that they start.
  process.env["TMPDIR"] = dir
  process.once("exit", () => remove(dir))
  return () => {
    // Node and its package runner keep their caches in the directory of temporary files.
    const left = readdirSync(dir).filter((name) => !name.startsWith("node-"))
    if (left.length > 0) process.stderr.write(`\nleft behind by tests, and removed: ${left.sort().join(", ")}\n`)
    remove(dir)
  }
}
