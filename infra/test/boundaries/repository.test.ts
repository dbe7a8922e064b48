/** What `npm run boundaries` finds besides the rules: planted in data, and then asked of this repository. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { END, START, tableOf, withTable } from "../../boundaries/architecture-table.ts"
import { circlesOf } from "../../boundaries/circles.ts"
import { cruise, type Dependency, type Module, ROOT } from "../../boundaries/cruise.ts"
import { type Manifest, undeclaredOf } from "../../boundaries/declared.ts"
import { PLACES, problemsOf } from "../../boundaries/problems.ts"
import { workspacesOf } from "../../boundaries/workspaces.ts"

/** A module that imports each `to`, given as `module` or as `module > path`. */
const importing = (source: string, to: ReadonlyArray<string>, more: Partial<Dependency> = {}): Module => ({
  source,
  dependencies: to.map((given) => {
    const [module, resolved = given] = given.split(" > ")
    return { module: module!, resolved, dependencyTypes: [], dynamic: false, ...more }
  }),
})

describe("undeclared imports", () => {
  const workspaces = new Map<string, Manifest>([
    [
      "packages/a",
      { name: "@assay/a", dependencies: { "@assay/b": "1", yaml: "1" }, devDependencies: { vitest: "1" } },
    ],
    ["packages/b", { name: "@assay/b" }],
    ["packages/log", { name: "@assay/log", devDependencies: { vitest: "1" } }],
    ["testkit", { name: "@assay/testkit", devDependencies: { "@assay/a": "1" } }],
  ])
  const found = (module: Module): ReadonlyArray<string> =>
    undeclaredOf([module], workspaces).map(({ imports, advice }) => `${imports}: ${advice}`)

  it("lets pass what is declared, the package itself, its files and Node's modules", () => {
    const own = ["@assay/b/sub > packages/b/src/sub.ts", "yaml", "@assay/a", "./x.ts > packages/a/src/x.ts"]
    expect(found(importing("packages/a/src/y.ts", own))).toEqual([])
    expect(found(importing("packages/a/src/y.ts", ["fs"], { dependencyTypes: ["core"] }))).toEqual([])
    expect(found(importing("testkit/src/y.ts", ["@assay/a"]))).toEqual([])
  })

  it("names what is not, types too", () => {
    const advice = "declare @assay/a in packages/b/package.json"
    expect(found(importing("packages/b/src/y.ts", ["@assay/a/x"]))).toEqual([`@assay/a/x: ${advice}`])
    const type = importing("packages/b/test/y.test.ts", ["@assay/a"], { dependencyTypes: ["type-only"] })
    expect(found(type)).toEqual([`@assay/a: ${advice}`])
    expect(found(importing("packages/a/src/y.ts", ["yaml-not"]))).toHaveLength(1)
  })

  it("leaves development dependencies to tests, types, import() and what only tests run", () => {
    expect(found(importing("packages/a/test/y.ts", ["vitest"]))).toEqual([])
    expect(found(importing("packages/log/src/contract/y.ts", ["vitest"]))).toEqual([])
    expect(found(importing("packages/a/src/y.ts", ["vitest"], { dynamic: true }))).toEqual([])
    expect(found(importing("packages/a/src/y.ts", ["vitest"], { dependencyTypes: ["type-only"] }))).toEqual([])
    expect(found(importing("packages/a/src/y.ts", ["vitest"]))).toEqual([
      "vitest: move vitest from devDependencies to dependencies in packages/a/package.json",
    ])
  })

  it("refuses a path into another workspace", () => {
    const module = "../../b/src/x.ts"
    expect(found(importing("packages/a/src/y.ts", [`${module} > packages/b/src/x.ts`]))).toEqual([
      `${module}: import it by the name of its package`,
    ])
  })
})

describe("circles between directories", () => {
  const circles = (...imports: ReadonlyArray<readonly [string, string]>) =>
    circlesOf(imports.map(([from, to]) => importing(`packages/a/src/${from}`, [`./x > packages/a/src/${to}`])))
  const members = (...imports: ReadonlyArray<readonly [string, string]>) =>
    circles(...imports).map((one) => one.members)

  it("are found at each depth, through any number of siblings, and between a directory and a file", () => {
    expect(members(["x/1.ts", "y/1.ts"], ["y/2.ts", "x/2.ts"])).toEqual([["x", "y"]])
    expect(members(["x/1.ts", "y/1.ts"], ["y/2.ts", "z/2.ts"], ["z/1.ts", "x/4.ts"])).toEqual([["x", "y", "z"]])
    expect(members(["x/1.ts", "y.ts"], ["y.ts", "x/2.ts"])).toEqual([["x", "y.ts"]])
    expect(circles(["x/p/1.ts", "x/q/1.ts"], ["x/q/2.ts", "x/p/2.ts"])).toEqual([
      {
        directory: "packages/a/src/x",
        members: ["p", "q"],
        imports: [
          "packages/a/src/x/p/1.ts -> packages/a/src/x/q/1.ts",
          "packages/a/src/x/q/2.ts -> packages/a/src/x/p/2.ts",
        ],
      },
    ])
  })

  it("are not: one way only, files among themselves, types", () => {
    expect(members(["x/1.ts", "y/1.ts"], ["x/2.ts", "y/2.ts"], ["y/2.ts", "z.ts"])).toEqual([])
    expect(members(["1.ts", "2.ts"], ["2.ts", "1.ts"])).toEqual([])
    const types = { dependencyTypes: ["type-only"] }
    expect(
      circlesOf([
        importing("packages/a/src/x/1.ts", ["./x > packages/a/src/y/1.ts"]),
        importing("packages/a/src/y/1.ts", ["./x > packages/a/src/x/1.ts"], types),
      ]),
    ).toEqual([])
  })
})

describe("the table", () => {
  it("leaves out what does not exist, and stands between its markers", () => {
    const table = tableOf((name) => ["trust", "jose", "did"].includes(name))
    expect(table).toContain("| `packages/jose` | `did` |")
    expect(table).not.toContain("packages/engine")
    expect(withTable(`before\n${START}\nold\n${END}\nafter`, table)).toBe(`before\n${table}\nafter`)
    expect(() => withTable("no markers", table)).toThrow("markers")
  })
})

/** Their pages come with the change that gives them their shape. */
const AWAITED = new Set(["packages/log-kafka", "packages/node", "packages/settings", "packages/streams"])

describe("this repository", () => {
  const found = cruise(ROOT, PLACES)

  it("is read: its TypeScript, its packages at their real paths, their manifests", () => {
    const runner = found.modules.find(({ source }) => source === "packages/engine/src/runner/runner.ts")
    expect(runner?.dependencies.map(({ resolved }) => resolved)).toContain("packages/log/src/index.ts")
    const nothingDeclared = undeclaredOf(found.modules, new Map([["packages/engine", { name: "@assay/engine" }]]))
    expect(nothingDeclared.length).toBeGreaterThan(100)
  })

  it("has no problem", () => {
    expect(problemsOf(found)).toEqual([])
  })

  it("has a page of its own and a description for each workspace", () => {
    const missing = [...workspacesOf(ROOT)].flatMap(([place, manifest]) => [
      ...(AWAITED.has(place) || existsSync(join(ROOT, place, "README.md")) ? [] : [`${place}/README.md`]),
      ...("description" in manifest ? [] : [`${place}/package.json: description`]),
    ])
    expect(missing).toEqual([])
  })

  it("keeps test runners, test data and tools of measurement out of a production install", () => {
    const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean }>
    }
    for (const name of ["vitest", "fast-check", "vega-datasets", "hdr-histogram-js", "node"])
      expect(lock.packages[`node_modules/${name}`], name).toMatchObject({ dev: true })
  })
})
