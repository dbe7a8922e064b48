/** One run of dependency-cruiser over a tree, as data. */
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url))

export interface Dependency {
  /** As written in the import. */
  readonly module: string
  /** Path from the root of the tree. */
  readonly resolved: string
  readonly dependencyTypes: ReadonlyArray<string>
  readonly dynamic: boolean
}
export interface Module {
  readonly source: string
  readonly dependencies: ReadonlyArray<Dependency>
}
export interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string; readonly severity: string }
}
export interface Cruise {
  readonly modules: ReadonlyArray<Module>
  readonly summary: { readonly violations: ReadonlyArray<Violation> }
}

/** Reads `places` below `cwd` with the rules of this repository. Throws where the tool itself fails. */
export const cruise = (cwd: string, places: ReadonlyArray<string>): Cruise => {
  const tool = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs")
  const given = [tool, "--config", join(ROOT, ".dependency-cruiser.cjs"), "-T", "json", ...places]
  try {
    return JSON.parse(
      execFileSync(process.execPath, given, {
        cwd,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
        maxBuffer: 2 ** 27,
      }),
    )
  } catch (cause) {
    // It exits with the number of violations, which is an answer; without output it has failed.
    const { stdout } = cause as { stdout?: string }
    if (stdout === undefined || stdout === "") throw cause
    return JSON.parse(stdout)
  }
}
