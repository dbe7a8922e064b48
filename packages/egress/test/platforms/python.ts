/** A Python environment of its own with what recipes and readers of others need; where that cannot be had, why. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { testDir } from "../support.ts"

export const PACKAGES = [
  "chdb==4.4.0",
  "confluent-kafka==2.16.1",
  "fastavro==1.13.1",
  "opentelemetry-proto==1.45.2",
  "pyarrow==26.0.1",
  "pycef==1.11",
  "pyiceberg==0.12.0",
  "sqlglot==30.30.0",
]

/** Kept for the next run: it takes minutes to install, and most of a gigabyte. */
const CACHE = fileURLToPath(new URL("../../../../node_modules/.cache/assay-python", import.meta.url))
const PYTHON = join(CACHE, "bin/python")
const MARK = join(CACHE, "packages.txt")

const isThere = (): boolean => {
  try {
    return readFileSync(MARK, "utf8") === PACKAGES.join("\n") && spawnSync(PYTHON, ["-c", ""]).status === 0
  } catch {
    return false // never installed, or half
  }
}

/** Two test files that need it at once must not install over each other: the second waits, and finds it there. */
const INSTALL = `[ "$(cat "$2/packages.txt" 2>/dev/null)" = "$3" ] && exit 0
python3 -m venv --clear "$2" && "$2/bin/pip" install --quiet $3 && printf %s "$3" > "$2/packages.txt"`

/** @returns why there is none, or null */
export const installPython = (): string | null => {
  if (isThere()) return null
  mkdirSync(dirname(CACHE), { recursive: true })
  const call = [`${CACHE}.lock`, "sh", "-c", INSTALL, "sh", "unused", CACHE, PACKAGES.join("\n")]
  const { status, stderr, error } = spawnSync("flock", call, { encoding: "utf8" })
  return status === 0 ? null : (error?.message ?? stderr.trim().split("\n").at(-1) ?? "it cannot be installed")
}

/** A test that is silently not run is worse than none. @returns why it is skipped, or null */
export const pythonOrSay = (file: string): string | null => {
  const missing = installPython()
  if (missing !== null)
    process.stderr.write(`\nSKIPPED in ${file}: no Python environment with ${PACKAGES.join(", ")}: ${missing}\n`)
  return missing
}

/** What a script prints, as JSON. @throws with what it says where it fails */
export const runPython = (script: string, args: ReadonlyArray<string> = [], cwd = testDir()): unknown => {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", script, ...args], {
    encoding: "utf8",
    cwd,
    maxBuffer: 64 << 20,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** To its end. */
export const runPythonFile = (args: ReadonlyArray<string>, cwd: string) =>
  spawnSync(PYTHON, [...args], { cwd, encoding: "utf8" })

export const startPython = (args: ReadonlyArray<string>, cwd: string): ChildProcess =>
  spawn(PYTHON, [...args], { cwd, stdio: ["ignore", "inherit", "inherit"] })
