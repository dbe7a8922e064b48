/** The globals that judges and pure packages may not touch, each touched on purpose: imports are boundaries.test.ts's part. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))

/** One file each; those of `FREE` are the same code where it is allowed. */
const DENIED: Readonly<Record<string, string>> = {
  "packages/did/src/now.ts": "export const a = () => Date.now()",
  "packages/did/src/date.ts": "export const b = () => new Date()",
  "packages/jose/src/chance.ts": "export const c = () => Math.random()",
  "packages/trust/src/environment.ts": "export const d = () => process.env",
  "packages/detection/src/timer.ts": "export const e = (f: () => void) => setTimeout(f, 1)",
  "services/identity-resolver/src/judge.ts": "export const f = () => fetch",
  "services/identity-resolver/src/apply.ts": "export const g = () => performance.now()",
}
const FREE: Readonly<Record<string, string>> = {
  "packages/did/src/instant.ts": "export const h = (ms: number) => new Date(ms)",
  "packages/did/test/now.ts": "export const i = () => Date.now()",
  "packages/jose/src/verify/pool.ts": "export const j = () => setTimeout",
  "packages/transparency/src/storage/now.ts": "export const k = () => Date.now()",
  "services/identity-resolver/src/limits.ts": "export const l = () => Date.now()",
}

describe("pure code", () => {
  const copy = mkdtempSync(join(tmpdir(), "assay-pure-"))
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it("touches no clock, no chance, no environment and no timer", () => {
    for (const file of ["biome.json", ".gitignore", "infra/lint"]) {
      cpSync(join(ROOT, file), join(copy, file), { recursive: true })
    }
    for (const [path, code] of Object.entries({ ...DENIED, ...FREE })) {
      mkdirSync(dirname(join(copy, path)), { recursive: true })
      writeFileSync(join(copy, path), `${code}\n`)
    }
    const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome")
    const { stdout } = spawnSync(process.execPath, [biome, "lint", "--reporter=json", "packages", "services"], {
      cwd: copy,
      encoding: "utf8",
    })
    const named: ReadonlyArray<{ severity: string; location: { path: string } }> = JSON.parse(stdout).diagnostics
    const files = new Set(named.filter(({ severity }) => severity === "error").map(({ location }) => location.path))
    expect([...files].sort()).toEqual(Object.keys(DENIED).sort())
  })
})
