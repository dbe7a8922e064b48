import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Finding, scan } from "./scan.ts"

const ROOT = join(import.meta.dirname, "../../..")
const under = (directory: string, wanted: (path: string) => boolean): ReadonlyArray<string> =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.m?ts$|\.mjs$/.test(path) && !path.includes("node_modules") && wanted(path))
    .map((path) => `${directory}/${path}`)

const isSource = (path: string): boolean => /^[^/]+\/src\//.test(path)
const SOURCES: ReadonlyArray<string> = [
  ...under("packages", isSource).filter((path) => !path.startsWith("packages/settings/src/list/")),
  ...under("services", isSource),
  ...under("schemas", (path) => path.startsWith("src/")),
  ...under("load-tests", (path) => path.startsWith("src/")),
  ...under("testkit", (path) => path.startsWith("src/")),
  ...under("infra", (path) => !path.startsWith("test/")),
]

/** What may stand there all the same, and why. */
const ALLOWED: ReadonlyArray<{ readonly path: string; readonly texts: ReadonlyArray<string>; readonly why: string }> = [
  {
    path: "packages/settings/src/environment.ts",
    texts: ["process.env"],
    why: "the one reader",
  },
  {
    path: "packages/telemetry/src/export.ts",
    texts: ["process.env"],
    why: "the SDK of OpenTelemetry is configured by the environment alone: what it shall not do by default is set there",
  },
  {
    path: "testkit/src/cli/host.child.ts",
    texts: ["process.env"],
    why: "gives the commands that it hosts the environment of each call",
  },
  {
    path: "testkit/src/scratch/global-setup.ts",
    texts: ["process.env"],
    why: "sets TMPDIR for the processes of a test run, which has to be in the environment itself",
  },
  {
    path: "packages/read-model/src/settings.ts",
    texts: ["6379"],
    why: "the port that a redis: URL without one means, as registered with IANA; not where our script starts a server",
  },
  {
    path: "packages/ingress/src/http/access.ts",
    texts: ["127.0.0.1"],
    why: "which hosts are loopback, not where to listen",
  },
  {
    path: "schemas/src/registry/client.ts",
    texts: ['clientId: "assay"'],
    why: "a name in the texts of the registry's package, which must be given; no broker sees it",
  },
  ...[
    "testkit/src/anvil.ts",
    "testkit/src/on-first-ask.ts",
    "infra/kafka/layout.ts",
    "infra/mosquitto/layout.ts",
    "infra/onem2m/layout.ts",
    "load-tests/src/alerts/document-host.ts",
    "load-tests/src/alerts/receiver.ts",
    "load-tests/src/alerts/remote-signer.ts",
    "load-tests/src/carrier/cut.ts",
    "load-tests/src/sinks/http-receiver.child.ts",
    "infra/redis/layout.ts",
    "infra/schema-registry/registry.ts",
  ].map((path) => ({
    path,
    texts: ["127.0.0.1"],
    why: "servers for tests and development are on loopback, whatever a node does",
  })),
]

const isAllowed = (path: string, { text }: Finding): boolean =>
  ALLOWED.some((allowed) => allowed.path === path && allowed.texts.includes(text))

const found: ReadonlyArray<{ readonly path: string; readonly finding: Finding }> = SOURCES.flatMap((path) =>
  scan(readFileSync(join(ROOT, path), "utf8")).map((finding) => ({ path, finding })),
)

describe("a declared setting", () => {
  it("is declared once: no source has its variable or default a second time, or reads the environment by itself", () => {
    expect(SOURCES.length).toBeGreaterThan(500)
    const twice = found.filter(({ path, finding }) => !isAllowed(path, finding))
    expect(twice.map(({ path, finding: { what, text } }) => `${path}: ${what} ${text}`)).toEqual([])
  })

  it.each(ALLOWED)("$path is still an exception: $why", ({ path, texts }) => {
    const here = found.filter((one) => one.path === path).map(({ finding }) => finding.text)
    for (const text of texts) expect(here).toContain(text)
  })

  it.each([
    ['const url = env["REDIS_URL"]', "variable"],
    ["const { KAFKA_BROKERS, ASSAY_DATA: dir } = environment", "variable"],
    ["spawn(node, [main], { env: { ASSAY_TICK_MS: '5' } })", "variable"],
    ["environment.ASSAY_STREAM_PREFIX", "variable"],
    ['throw new Error("set KAFKA_BROKER")', "unknown variable"],
    ['const DEFAULT = "http://127.0.0.1:7070"', "default"],
    ["const port = 7_070", "default"],
    ["const settings = { sessionTimeoutMs: 10_000 }", "default"],
    ['const settings = { clientId: "assay" }', "default"],
    ["const { env } = process", "environment"],
    ['if (process.env["CI"]) go()', "environment"],
  ])("%s is found", (source, what) => {
    expect(scan(source).map((finding) => finding.what)).toContain(what)
  })

  it.each([
    "// reads process.env and KAFKA_BROKERS",
    'throw new Error("KAFKA_BROKERS names no broker: set ASSAY_URL")',
    "const settings = { sessionTimeoutMs: 10_001, port: 70 }",
    "readSettings({ url: COMMAND.url }, environment)",
  ])("%s is none", (source) => expect(scan(source)).toEqual([]))
})
