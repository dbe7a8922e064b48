/** A commit beside this one, with the dependencies that its own lock file names. */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SetupProblem } from "@assay/infra/local"

export interface Checkout {
  readonly dir: string
  /** Of the commit, whole. */
  readonly commit: string
  /** Takes it away again; nothing where it is the present tree. */
  remove(): void
}

const git = (root: string, ...args: ReadonlyArray<string>): string => {
  const { status, stdout, stderr, error } = spawnSync("git", ["-C", root, ...args], { encoding: "utf8" })
  if (error !== undefined)
    throw new SetupProblem(`git cannot be run: ${error.message}; another commit cannot be had without it`)
  if (status !== 0) throw new SetupProblem(`git ${args[0]} failed: ${stderr.trim()}`)
  return stdout.trim()
}

/** The tree as it lies here, with what was not committed. */
export const present = (root: string): Checkout => ({
  dir: root,
  commit: git(root, "rev-parse", "HEAD"),
  remove: () => undefined,
})

const install = (dir: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("npm", ["ci", "--no-audit", "--no-fund"], { cwd: dir, stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-1_000)
    })
    child.once("error", (cause) => reject(new SetupProblem(`npm cannot be run: ${cause.message}`)))
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new SetupProblem(`npm ci of the other commit failed: ${said.trim()}`)),
    )
  })

/** @throws SetupProblem where there is no such commit, or its dependencies cannot be had */
export const checkOut = async (root: string, name: string, progress: (line: string) => void): Promise<Checkout> => {
  const commit = git(root, "rev-parse", "--verify", "--end-of-options", `${name}^{commit}`)
  const dir = mkdtempSync(join(tmpdir(), "assay-against-"))
  const remove = (): void => {
    spawnSync("git", ["-C", root, "worktree", "remove", "--force", dir])
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    git(root, "worktree", "add", "--detach", dir, commit)
    progress(`${commit.slice(0, 12)}: npm ci ...`)
    await install(dir)
    return { dir, commit, remove }
  } catch (cause) {
    remove()
    throw cause
  }
}
