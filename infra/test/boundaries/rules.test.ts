/**
 * Every rule of .dependency-cruiser.cjs, broken on purpose in a tree built for it: a rule that matches nothing, or a tool
 * that cannot read TypeScript, would be as green as a clean tree. The rows of the matrix are broken one by one.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cruise, type Violation } from "../../boundaries/cruise.ts"

interface Row {
  readonly who: string
  readonly may?: ReadonlyArray<string>
  readonly mayNot?: ReadonlyArray<string>
}
interface Rules {
  readonly rows: ReadonlyArray<Row>
  readonly nameOf: (row: Row) => string
}
const { rows, nameOf } = createRequire(import.meta.url)("../../boundaries/rules.cjs") as Rules

const TOOLS = ["infra", "load-tests", "system-tests", "testkit"]
const SERVICES = ["identity-resolver", "credential-checker"]
const nameIn = (row: Row): string => row.who.replace("packages/", "")
/** What the matrix names, but the services. */
const LIBRARIES = rows.map(nameIn).filter((name) => name !== "services/*")

/**
 * Files that break rules: path, content, the rules that must name the file. No rule: the file must stay unnamed (a circle
 * is reported once, at its first file).
 */
const PLANTED: ReadonlyArray<readonly [path: string, content: string, rules: ReadonlyArray<string>]> = [
  [
    "services/identity-resolver/src/stage.ts",
    'import { y } from "@assay/credential-checker"\nexport const x = y',
    ["services-never-import-services", "imports-of-services"],
  ],
  ["services/credential-checker/src/stage.ts", 'import { own } from "./own.ts"\nexport const y = own', []],
  ["services/credential-checker/src/own.ts", "export const own = 1", []],
  [
    "packages/log/src/service.ts",
    'import type { own } from "@assay/credential-checker/own"\nexport type T = typeof own',
    ["packages-never-import-services", "imports-of-log"],
  ],
  [
    "schemas/src/service.ts",
    'export { own } from "@assay/credential-checker/own"',
    ["packages-never-import-services", "imports-of-schemas"],
  ],
  [
    "packages/did/test/service.ts",
    'import { own } from "@assay/credential-checker/own"\nexport const s = own',
    ["packages-never-import-services"],
  ],
  ["packages/cli/src/index.ts", 'import { y } from "@assay/credential-checker"\nexport const z = y', []],
  [
    "packages/engine/src/command.ts",
    'import { z } from "@assay/cli"\nexport const q = z',
    ["nobody-imports-the-command", "imports-of-engine"],
  ],
  [
    "packages/kafka-client/src/wire/body.ts",
    'import { it } from "kafkajs/src/protocol/encoder.js"\nexport const encoder = it',
    ["private-parts-of-kafkajs-in-one-place"],
  ],
  [
    "packages/kafka-client/src/kafkajs/private.ts",
    'import { it } from "kafkajs/src/protocol/encoder.js"\nexport const encoder = it',
    [],
  ],
  ["packages/kafka-client/src/client.ts", 'import { it } from "kafkajs"\nexport const client = it', []],
  ["packages/trust/src/index.ts", 'export const word = "word"', []],
  [
    "packages/trust/src/import.ts",
    'import { did } from "@assay/did"\nexport const a = did',
    ["trust-imports-nothing", "imports-of-trust"],
  ],
  ["packages/trust/src/type.ts", 'export type A = import("node:crypto").Hash', ["trust-imports-nothing"]],
  ["packages/trust/src/npm.ts", 'import "some-library"', ["trust-imports-nothing"]],
  ["packages/layout/src/index.ts", 'export const field = "field"', []],
  ["packages/layout/src/npm.ts", 'import "some-library"', ["layout-imports-nothing"]],
  [
    "packages/layout/src/trust.ts",
    'import { word } from "@assay/trust"\nexport const a = word',
    ["imports-of-layout", "layout-imports-nothing"],
  ],
  ["packages/passport/src/index.ts", "export const decide = 1", []],
  ["packages/passport/src/npm.ts", 'import "some-library"', ["passport-imports-nothing"]],
  [
    "packages/passport/src/node.ts",
    'import { hash } from "node:crypto"\nexport const h = hash',
    ["passport-imports-nothing"],
  ],
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
    ["pure-packages-import-no-io", "imports-of-did"],
  ],
  [
    "packages/did/src/test-code.ts",
    'import { t } from "../test/support.ts"\nexport const u = t',
    ["sources-import-no-tests"],
  ],
  ["packages/did/test/support.ts", 'import { readFileSync } from "node:fs"\nexport const t = readFileSync', []],
  ["packages/jose/src/index.ts", 'export { did as word } from "@assay/did"', []],
  ["packages/jose/src/verify/pool.ts", 'import { Worker } from "node:worker_threads"\nexport const w = Worker', []],
  ["packages/transparency/src/storage/files.ts", 'import { open } from "node:fs/promises"\nexport const o = open', []],
  ["packages/log/src/index.ts", "export const port = 1", []],
  ["packages/log/src/contract/index.ts", "export const contract = 1", []],
  [
    "packages/log/src/development.ts",
    'import { contract } from "./contract/index.ts"\nexport const c = contract',
    ["production-imports-no-development"],
  ],
  [
    "packages/engine/src/left.ts",
    'import { right } from "./right.ts"\nexport const left = () => right',
    ["no-circles"],
  ],
  ["packages/engine/src/right.ts", 'import { left } from "./left.ts"\nexport const right = () => left', []],
  [
    "packages/ingress/src/core/answer.ts",
    'import { route } from "../http/route.ts"\nexport const r = route',
    ["ingress-core-knows-no-protocol"],
  ],
  [
    "packages/ingress/src/core/socket.ts",
    'import type { Socket } from "node:net"\nexport type S = Socket',
    ["ingress-core-knows-no-protocol"],
  ],
  ["packages/ingress/src/core/key.ts", "export const key = 1", []],
  ["packages/ingress/src/http/route.ts", 'import { key } from "../core/key.ts"\nexport const route = key', []],
  ["packages/read-model/src/index.ts", "export const model = 1", []],
  [
    "packages/engine/src/runner/asks.ts",
    'import { model } from "@assay/read-model"\nexport const m = model',
    ["judging-never-asks-the-read-model", "imports-of-engine"],
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
  [
    "packages/engine/src/round.ts",
    'export { model as round } from "@assay/read-model"',
    ["imports-of-engine", "judging-never-asks-the-read-model"],
  ],
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

/** Where a name of the matrix, a service or a tool lies. */
const placeOf = (name: string): string => {
  if (SERVICES.includes(name)) return `services/${name}`
  if (name === "system-tests") return "test/system"
  return ["schemas", ...TOOLS].includes(name) ? name : `packages/${name}`
}

/** For each row: the workspace whose sources are tried, what they may not import, and what they may. */
const TRIED = rows.map((row) => {
  const own = row.who === "services/*" ? SERVICES[0]! : nameIn(row)
  const everybody = [...LIBRARIES, ...SERVICES].filter((name) => name !== own)
  const services = own === "cli" ? [] : SERVICES
  const refused = (name: string): boolean =>
    row.may === undefined ? [...row.mayNot!, ...services].includes(name) : !row.may.includes(name)
  return {
    rule: nameOf(row),
    place: placeOf(own),
    forbidden: [...everybody.filter(refused), ...TOOLS],
    allowed: everybody.filter((name) => !refused(name)),
  }
})

/** Types only, so that nothing but the matrix and `trust-imports-nothing` has an opinion on circles or judges. */
const importing = (names: ReadonlyArray<string>): string =>
  names.map((name, n) => `export type T${n} = typeof import("@assay/${name}")`).join("\n")

const write = (path: string, content: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** A workspace: its packages linked under @assay as npm does, and some libraries from outside. */
const build = (root: string): void => {
  mkdirSync(join(root, "node_modules/@assay"), { recursive: true })
  for (const name of [...LIBRARIES, ...SERVICES, ...TOOLS]) {
    const place = join(root, placeOf(name))
    const entry = SERVICES.includes(name) ? "./src/stage.ts" : "./src/index.ts"
    const manifest = { name: `@assay/${name}`, type: "module", exports: { ".": entry, "./*": "./src/*.ts" } }
    write(join(place, "package.json"), JSON.stringify(manifest))
    write(join(place, "src/index.ts"), "export const it = 1")
    symlinkSync(place, join(root, "node_modules/@assay", name))
  }
  for (const name of ["effect", "ioredis", "some-library"]) {
    write(
      join(root, "node_modules", name, "package.json"),
      JSON.stringify({ name, type: "module", exports: "./index.js" }),
    )
    write(join(root, "node_modules", name, "index.js"), "export const it = 1")
  }
  const kafkajs = join(root, "node_modules/kafkajs")
  write(join(kafkajs, "package.json"), JSON.stringify({ name: "kafkajs", type: "module", main: "./index.js" }))
  write(join(kafkajs, "index.js"), "export const it = 1")
  write(join(kafkajs, "src/protocol/encoder.js"), "export const it = 1")
  for (const [path, content] of PLANTED) write(join(root, path), content)
  for (const { place, forbidden, allowed } of TRIED) {
    write(join(root, place, "src/matrix/forbidden.ts"), importing(forbidden))
    write(join(root, place, "src/matrix/allowed.ts"), importing(allowed))
  }
}

describe("the rules", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-boundaries-"))
  let violations: ReadonlyArray<Violation> = []
  const named = new Map<string, Set<string>>()

  beforeAll(() => {
    build(root)
    violations = cruise(root, ["packages", "services", "schemas"]).summary.violations
    for (const { from, rule } of violations) named.set(from, (named.get(from) ?? new Set()).add(rule.name))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it.each(PLANTED)("%s", (path, _content, rules) => {
    expect([...(named.get(path) ?? [])].sort()).toEqual([...rules].sort())
  })

  it.each(TRIED)("$rule: refuses each of $forbidden", ({ rule, place, forbidden }) => {
    const refused = violations
      .filter(({ from, rule: { name } }) => name === rule && from === `${place}/src/matrix/forbidden.ts`)
      .map(({ to }) => to)
    const entries = forbidden.map((name) => `${placeOf(name)}/src/${SERVICES.includes(name) ? "stage" : "index"}.ts`)
    expect(refused.sort()).toEqual(entries.sort())
  })

  it.each(TRIED)("$rule: lets $allowed pass", ({ rule, place }) => {
    expect(named.get(`${place}/src/matrix/allowed.ts`) ?? new Set()).not.toContain(rule)
  })

  it("leaves no rule untried", () => {
    const { forbidden } = createRequire(import.meta.url)("../../../.dependency-cruiser.cjs") as {
      forbidden: ReadonlyArray<{ readonly name: string }>
    }
    const tried = new Set([...PLANTED.flatMap(([, , rules]) => rules), ...TRIED.map(({ rule }) => rule)])
    expect([...tried].sort()).toEqual(forbidden.map(({ name }) => name).sort())
  })
})
