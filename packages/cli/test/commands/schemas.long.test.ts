/** `assay schemas` as a user calls it, on a real registry. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { schemaFiles, subjectsOf } from "@assay/schemas/registry"
import { STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { sharedRegistry, skipsRegistry } from "@assay/testkit/registry"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"

const skip = await skipsRegistry("packages/cli/test/commands/schemas.long.test.ts")
const STEP_MS = 180_000
const AUDIT = "plant1.audit.events.v1-value"

const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Done> =>
  assay(["schemas", ...args], {
    cwd: tmpdir(),
    env: {
      SCHEMA_REGISTRY_URL: "",
      SCHEMA_REGISTRY_USER: "",
      SCHEMA_REGISTRY_PASSWORD: "",
      ASSAY_STREAM_PREFIX: "",
      ...env,
    },
  })

interface Result {
  readonly ok: boolean
  readonly subjects: ReadonlyArray<{
    subject: string
    id: number
    drift: ReadonlyArray<string>
    registered?: boolean
    compatibilitySet?: boolean
  }>
}
const resultOf = ({ out }: Done): Result => JSON.parse(out) as Result

describe("assay schemas", () => {
  it.each([
    [["dance"], {}, "apply, check or export"],
    [["toString"], {}, "apply, check or export"],
    [["export"], {}, "--out"],
    [["export", "--out", "/dev/null/schemas"], {}, "/dev/null/schemas (--out)"],
    [["check"], {}, "SCHEMA_REGISTRY_URL"],
    [["check", "--registry", "nowhere"], {}, "is no URL"],
    [["check", "--registry", "http://127.0.0.1:1"], {}, "SCHEMA_REGISTRY_URL"],
    [["apply", "--registry", "http://127.0.0.1:1", "--prefix", "a b"], {}, "--prefix"],
    [
      ["apply", "--registry", "http://127.0.0.1:1"],
      { ASSAY_STREAM_PREFIX: "a b" },
      'ASSAY_STREAM_PREFIX is "a b": expected',
    ],
    [["check"], { SCHEMA_REGISTRY_URL: "http://127.0.0.1:1", SCHEMA_REGISTRY_USER: "u" }, "SCHEMA_REGISTRY_PASSWORD"],
  ])("%j is the caller's to correct", async (args, env, says) => {
    const { code, out, err } = await call(args, env)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toContain(says)
  })

  it("export writes each stream's schema to a file of its own", async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-export-"))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const out = join(dir, "deep", "schemas")
    const done = await call(["export", "--out", out, "--prefix", "plant1.", "--json"])
    expect({ code: done.code, err: done.err }).toEqual({ code: 0, err: "" })
    const written = schemaFiles(subjectsOf(STREAMS, "plant1."))
    const { files } = JSON.parse(done.out) as { files: ReadonlyArray<{ subject: string; file: string }> }
    expect(files).toEqual(written.map(({ subject, name }) => ({ subject, file: join(out, name) })))
    for (const { name, text } of written) expect(readFileSync(join(out, name), "utf8")).toBe(text)
    expect(readdirSync(out)).toHaveLength(written.length)
  })
})

describe("assay schemas export of contracts", () => {
  it.each([
    ["json-schema", 17, "plant1.readings.verified.v1.schema.json"],
    ["odcs", 17, "plant1.readings.quality.v1.odcs.json"],
    ["asyncapi", 1, "asyncapi.json"],
  ])("%s writes %i files", async (format, count, name) => {
    const out = mkdtempSync(join(tmpdir(), "assay-contracts-"))
    onTestFinished(() => rmSync(out, { recursive: true, force: true }))
    const done = await call(["export", "--out", out, "--prefix", "plant1.", "--format", format, "--json"])
    expect({ code: done.code, err: done.err }).toEqual({ code: 0, err: "" })
    expect(readdirSync(out)).toHaveLength(count)
    const text = readFileSync(join(out, name), "utf8")
    expect(text).toContain("readings")
    JSON.parse(text)
  })

  it("another format is refused", async () => {
    const done = await call(["export", "--out", "x", "--format", "protobuf"])
    expect(done).toMatchObject({ code: 2, out: "" })
    expect(done.err).toContain("--format takes avro, json-schema, asyncapi or odcs")
  })
})

describe.skipIf(skip)("assay schemas on a registry", () => {
  let registry: { readonly url: string }
  const on = (...args: ReadonlyArray<string>): Promise<Done> =>
    call([...args, "--registry", registry.url, "--prefix", "plant1."])
  const put = (path: string, body: object, method = "PUT"): Promise<Response> =>
    fetch(`${registry.url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })

  beforeAll(async () => {
    registry = await sharedRegistry()
  }, STEP_MS)

  it("shows what is missing, registers it, and then changes nothing", { timeout: STEP_MS }, async () => {
    const before = await on("check", "--json")
    expect(before.code).toBe(1)
    expect(resultOf(before).subjects.every(({ drift }) => drift.includes("missing"))).toBe(true)

    const applied = await on("apply", "--json")
    expect(applied).toMatchObject({ code: 0, err: "" })
    expect(resultOf(applied).subjects).toHaveLength(17)
    expect(resultOf(applied).subjects.every(({ registered }) => registered)).toBe(true)

    const again = resultOf(await on("apply", "--json"))
    expect(again.subjects.some(({ registered, compatibilitySet }) => registered || compatibilitySet)).toBe(false)
    expect(again.subjects.map(({ id }) => id)).toEqual(resultOf(applied).subjects.map(({ id }) => id))
    const after = await call(["check", "--prefix", "plant1."], { SCHEMA_REGISTRY_URL: registry.url })
    expect(after).toMatchObject({ code: 0, err: "" })
    expect(after.out).toContain("no drift")
  })

  it("takes the prefix of the nodes' environment, and --prefix before it", { timeout: STEP_MS }, async () => {
    await on("apply")
    const env = { SCHEMA_REGISTRY_URL: registry.url, ASSAY_STREAM_PREFIX: "plant1." }
    const named = await call(["check", "--json"], env)
    expect(named.code).toBe(0)
    expect(resultOf(named).subjects.map(({ subject }) => subject)).toContain(AUDIT)
    const other = resultOf(await call(["check", "--prefix", "plant2.", "--json"], env))
    expect(other.subjects.map(({ subject }) => subject)).toContain("plant2.audit.events.v1-value")
  })

  it("shows another compatibility and another schema, and puts them right", { timeout: STEP_MS }, async () => {
    await on("apply")
    await put(`/config/${AUDIT}`, { compatibility: "NONE" })
    await fetch(`${registry.url}/subjects/plant1.knowledge.items.v1-value`, { method: "DELETE" })
    await put(
      "/subjects/plant1.knowledge.items.v1-value/versions",
      { schema: '{"type":"record","name":"KnowledgeItem","namespace":"assay.v1","fields":[]}' },
      "POST",
    )
    const drifted = await on("check")
    expect(drifted.code).toBe(1)
    expect(drifted.out).toContain("wanted is FULL_TRANSITIVE")
    expect(drifted.out).toContain("has not the schema of this version")
    expect(drifted.out).toContain("2 of 17 subjects differ")

    // Ours needs fields that the other has not: under the level that the subject shall have, the registry refuses it.
    const refused = await on("apply", "--json")
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, error: "incompatible" })
    await fetch(`${registry.url}/subjects/plant1.knowledge.items.v1-value`, { method: "DELETE" })
    expect((await on("apply")).code).toBe(0)
    expect((await on("check")).code).toBe(0)
  })
})
