/**
 * Every rule of .dependency-cruiser.cjs, broken on purpose in a house built for it: a rule that matches nothing, or a
 * tool that cannot read TypeScript, would be as green as a clean tree.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const PACKAGES = ["trust", "did", "jose", "transparency", "log", "engine", "read-model", "cli"]
const SERVICES = ["identity-resolver", "credential-checker"]

interface Cruise {
  readonly modules: ReadonlyArray<{
    readonly source: string
    readonly dependencies: ReadonlyArray<{ resolved: string }>
  }>
  readonly summary: {
    readonly violations: ReadonlyArray<{ readonly from: string; readonly rule: { readonly name: string } }>
  }
}

/** Cruises `cwd` with the real configuration. Dependency-cruiser exits with the number of errors: that is no failure here. */
const cruise = (cwd: string): Cruise => {
  const tool = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs")
  const given = [
    tool,
    "--config",
    join(ROOT, ".dependency-cruiser.cjs"),
    "-T",
    "json",
    "packages",
    "services",
    "schemas",
  ]
  try {
    return JSON.parse(
      execFileSync(process.execPath, given, {
        cwd,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        maxBuffer: 2 ** 27,
      }),
    )
  } catch (cause) {
    const { stdout } = cause as { stdout?: string }
    if (stdout === undefined || stdout === "") throw cause
    return JSON.parse(stdout)
  }
}

/**
 * Files that break rules: path, content, the rules that must name the file. No rule: the file must stay unnamed (a circle
 * is reported once, at its first file).
 */
const PLANTED: ReadonlyArray<readonly [path: string, content: string, rules: ReadonlyArray<string>]> = [
  [
    "services/identity-resolver/src/stage.ts",
    'import { y } from "@assay/credential-checker"\nexport const x = y',
    ["services-never-import-services"],
  ],
  ["services/credential-checker/src/stage.ts", 'import { own } from "./own.ts"\nexport const y = own', []],
  ["services/credential-checker/src/own.ts", "export const own = 1", []],
  [
    "packages/log/src/service.ts",
    'import type { own } from "@assay/credential-checker/own"\nexport type T = typeof own',
    ["packages-never-import-services"],
  ],
  ["schemas/src/service.ts", 'export { own } from "@assay/credential-checker/own"', ["packages-never-import-services"]],
  ["packages/cli/src/house.ts", 'import { y } from "@assay/credential-checker"\nexport const z = y', []],
  [
    "packages/engine/src/command.ts",
    'import { z } from "@assay/cli/house"\nexport const q = z',
    ["nobody-imports-the-command"],
  ],
  ["packages/trust/src/index.ts", 'export const word = "word"', []],
  ["packages/trust/src/import.ts", 'import { did } from "@assay/did"\nexport const a = did', ["trust-imports-nothing"]],
  ["packages/trust/src/type.ts", 'export type A = import("node:crypto").Hash', ["trust-imports-nothing"]],
  ["packages/trust/src/npm.ts", 'import "some-library"', ["trust-imports-nothing"]],
  ["packages/did/src/index.ts", 'import { createHash } from "node:crypto"\nexport const did = createHash', []],
  [
    "packages/did/src/files.ts",
    'import { readFileSync } from "node:fs"\nexport const f = readFileSync',
    ["pure-packages-import-no-acting-core"],
  ],
  ["packages/did/src/clock.ts", 'import "timers/promises"', ["pure-packages-import-no-acting-core"]],
  ["packages/did/src/dynamic.ts", 'export const d = () => import("node:net")', ["pure-packages-import-no-acting-core"]],
  [
    "packages/did/src/effect.ts",
    'import * as Effect from "effect"\nexport const e = Effect',
    ["pure-packages-import-no-io"],
  ],
  [
    "packages/did/src/log.ts",
    'import type { port } from "@assay/log"\nexport type P = typeof port',
    ["pure-packages-import-no-io"],
  ],
  [
    "packages/did/src/test-code.ts",
    'import { t } from "../test/support.ts"\nexport const u = t',
    ["sources-import-no-tests"],
  ],
  ["packages/did/test/support.ts", 'import { readFileSync } from "node:fs"\nexport const t = readFileSync', []],
  ["packages/jose/src/index.ts", 'export { word } from "@assay/trust"', []],
  ["packages/jose/src/verify/pool.ts", 'import { Worker } from "node:worker_threads"\nexport const w = Worker', []],
  ["packages/transparency/src/storage/files.ts", 'import { open } from "node:fs/promises"\nexport const o = open', []],
  ["packages/log/src/index.ts", "export const port = 1", []],
  [
    "packages/engine/src/left.ts",
    'import { right } from "./right.ts"\nexport const left = () => right',
    ["no-circles"],
  ],
  ["packages/engine/src/right.ts", 'import { left } from "./left.ts"\nexport const right = () => left', []],
  ["packages/read-model/src/index.ts", "export const model = 1", []],
  [
    "packages/engine/src/runner/asks.ts",
    'import { model } from "@assay/read-model"\nexport const m = model',
    ["judging-never-asks-the-read-model"],
  ],
  [
    "packages/engine/src/order/redis.ts",
    'import { it } from "ioredis"\nexport const i = it',
    ["judging-never-asks-the-read-model"],
  ],
  [
    "packages/engine/src/state/way.ts",
    'import { round } from "../round.ts"\nexport const w = round',
    ["judging-never-asks-the-read-model"],
  ],
  ["packages/engine/src/round.ts", 'export { model as round } from "@assay/read-model"', []],
  [
    "services/credential-checker/src/asks.ts",
    'import { model } from "@assay/read-model"\nexport const asked = model',
    ["judging-never-asks-the-read-model"],
  ],
  ["packages/engine/src/first.ts", 'import type { B } from "./second.ts"\nexport interface A { b: B }', []],
  ["packages/engine/src/second.ts", 'import type { A } from "./first.ts"\nexport interface B { a: A }', []],
  ["packages/engine/src/lost.ts", 'import "./nowhere.ts"', ["nothing-unresolved"]],
  ["packages/engine/src/stranger.ts", 'import "@assay/nobody"', ["nothing-unresolved"]],
  [
    "services/credential-checker/src/judge.ts",
    'import { port } from "@assay/log"\nimport { open } from "node:fs"\nexport const j = [port, open]',
    ["judges-import-no-io", "judges-import-no-acting-core", "judges-reach-no-io"],
  ],
  [
    "services/identity-resolver/src/apply.ts",
    'import { way } from "./way.ts"\nexport const applied = way',
    ["judges-reach-no-io"],
  ],
  ["services/identity-resolver/src/way.ts", 'import { w } from "@assay/jose/verify/pool"\nexport const way = w', []],
  ["services/identity-resolver/src/judge.ts", 'import { word } from "@assay/jose"\nexport const judged = word', []],
]

const write = (path: string, content: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** A workspace: the rooms linked under @assay as npm does, and three libraries from outside. */
const build = (house: string): void => {
  mkdirSync(join(house, "node_modules/@assay"), { recursive: true })
  const rooms = [
    ...PACKAGES.map((name) => ({ folder: "packages", name })),
    ...SERVICES.map((name) => ({ folder: "services", name })),
  ]
  for (const { folder, name } of rooms) {
    const entry = folder === "services" ? "./src/stage.ts" : "./src/index.ts"
    const manifest = { name: `@assay/${name}`, type: "module", exports: { ".": entry, "./*": "./src/*.ts" } }
    write(join(house, folder, name, "package.json"), JSON.stringify(manifest))
    symlinkSync(join(house, folder, name), join(house, "node_modules/@assay", name))
  }
  for (const name of ["effect", "ioredis", "some-library"]) {
    write(
      join(house, "node_modules", name, "package.json"),
      JSON.stringify({ name, type: "module", exports: "./index.js" }),
    )
    write(join(house, "node_modules", name, "index.js"), "export const it = 1")
  }
  for (const [path, content] of PLANTED) write(join(house, path), content)
}

describe("boundaries", () => {
  const house = mkdtempSync(join(tmpdir(), "assay-boundaries-"))
  const named = new Map<string, Set<string>>()

  beforeAll(() => {
    build(house)
    for (const { from, rule } of cruise(house).summary.violations) {
      named.set(from, (named.get(from) ?? new Set()).add(rule.name))
    }
  })
  afterAll(() => rmSync(house, { recursive: true, force: true }))

  it.each(PLANTED)("%s", (path, _content, rules) => {
    expect([...(named.get(path) ?? [])].sort()).toEqual([...rules].sort())
  })

  it("leaves no rule untried", async () => {
    const { default: config } = await import("../../.dependency-cruiser.cjs" as string)
    const tried = new Set(PLANTED.flatMap(([, , rules]) => rules))
    expect([...tried].sort()).toEqual(config.forbidden.map((rule: { name: string }) => rule.name).sort())
  })

  it("reads this house: its TypeScript, and its packages at their real paths", () => {
    const { modules, summary } = cruise(ROOT)
    const runner = modules.find(({ source }) => source === "packages/engine/src/runner/runner.ts")
    expect(runner?.dependencies.map(({ resolved }) => resolved)).toContain("packages/log/src/index.ts")
    expect(summary.violations).toEqual([])
  })
})
