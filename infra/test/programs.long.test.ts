/** Every program of package.json says by --help what it does and takes, and nothing else is run for it. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const ROOT = join(import.meta.dirname, "../..")
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> }

/** What `npm run` starts, by the file; `assay` itself has tests of its own. */
const FILES = new Map(
  Object.entries(scripts)
    .map(([name, line]) => [/^node ((?:infra|load-tests)\/\S+\.ts)/.exec(line)?.[1], name] as const)
    .filter((entry): entry is readonly [string, string] => entry[0] !== undefined),
)

const call = (file: string, ...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [file, ...args], { cwd: ROOT, encoding: "utf8" })

describe("the programs of developers", () => {
  it("are known here", () => expect(FILES.size).toBeGreaterThan(12))

  it.each([...FILES])("%s has --help and --json", { timeout: 60_000 }, (file) => {
    const help = call(file, "--help")
    expect(help).toMatchObject({ status: 0, stderr: "" })
    for (const words of ["npm run ", "Options", "--json", "--help"]) expect(help.stdout).toContain(words)
  })

  // One of each of the two functions that run a program.
  it.each(["infra/redis/up.ts", "load-tests/src/faults/main.ts"])("%s asks what a mistyped option means", (file) => {
    const wrong = call(file, "--jsn")
    expect(wrong).toMatchObject({ status: 2, stdout: "" })
    expect(wrong.stderr).toMatch(
      /no option '--jsn' \(did you mean --json\?\); npm run [\w:]+ -- --help lists the options/,
    )
  })
})
