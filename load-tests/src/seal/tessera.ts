/** Tessera's POSIX driver (Go), built from `tessera/`, on the same disk: another implementation of the same format. */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { delimiter, join } from "node:path"
import { processEnvironment } from "@assay/settings"
import type { Measured } from "./measured.ts"
import type { Checked } from "./whole.ts"

const GO = "go"
const SOURCES = join(import.meta.dirname, "tessera")
/** Where Go's own packages install it, which is not always in the path. */
const USUAL = "/usr/local/go/bin"

const environment = (): Record<string, string | undefined> => {
  const { PATH = "", ...rest } = processEnvironment()
  return { ...rest, PATH: existsSync(USUAL) ? `${PATH}${delimiter}${USUAL}` : PATH }
}

/** @param part `.` appends, `./fsck` checks. @returns the program's path, or why there is none */
export const buildTessera = (
  dir: string,
  part: "." | "./fsck" = ".",
): { readonly program: string } | { readonly missing: string } => {
  const env = environment()
  if (spawnSync(GO, ["version"], { env }).error !== undefined) return { missing: "go is not installed" }
  const program = join(dir, part === "." ? "tessera-append" : "tessera-fsck")
  const { status, stderr } = spawnSync(GO, ["build", "-o", program, part], { cwd: SOURCES, env, encoding: "utf8" })
  return status === 0 ? { program } : { missing: `it cannot be built: ${stderr.trim().split("\n").at(-1)}` }
}

export const appendByTessera = (program: string, dir: string, leaves: number, entryBytes: number): Measured => {
  const directory = mkdtempSync(join(dir, "assay-tessera-"))
  try {
    const out = execFileSync(program, [directory, String(leaves), String(entryBytes)], { encoding: "utf8" })
    return { leaves, ...(JSON.parse(out) as { seconds: number; cpuSeconds: number }) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Tessera's fsck over a directory, in a process of its own. @throws Error with what it found */
export const checkByTessera = (program: string, directory: string, vkey: string, leaves: number): Checked => {
  const out = execFileSync(program, [directory, vkey], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  return { leaves, ...(JSON.parse(out) as Omit<Checked, "leaves">) }
}
