/** The data contracts against the JSON Schema of ODCS itself, which its Python package brings along. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Ajv2019 from "ajv/dist/2019.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ContractStream, contractFiles } from "../../src/contracts/index.ts"
import { STREAM_SCHEMAS } from "../../src/registry/index.ts"

const PACKAGE = "open-data-contract-standard==3.2.0"
const STEP_MS = 300_000

describe("the data contracts", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-odcs-"))
  let missing: string | null = null
  let schema: object = {}

  beforeAll(() => {
    const python = join(dir, "bin/python")
    for (const [command, args] of [
      ["python3", ["-m", "venv", dir]],
      [join(dir, "bin/pip"), ["install", "--quiet", PACKAGE]],
    ] as const) {
      const { status, stderr, error } = spawnSync(command, [...args], { encoding: "utf8" })
      if (status === 0) continue
      missing = error?.message ?? stderr
      process.stderr.write(`\nSKIPPED in standard.long.test.ts: ${PACKAGE} cannot be had: ${missing}\n`)
      return
    }
    const where = "import open_data_contract_standard as o, os; print(os.path.dirname(o.__file__))"
    const { stdout } = spawnSync(python, ["-c", where], { encoding: "utf8" })
    schema = JSON.parse(readFileSync(join(stdout.trim(), "schema.json"), "utf8")) as object
  }, STEP_MS)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it("are valid by the standard's own schema", { timeout: STEP_MS }, ({ skip }) => {
    if (missing !== null) return skip(missing)
    const validate = new Ajv2019.default({ strict: false, validateFormats: false }).compile(schema)
    const streams = Object.entries(STREAM_SCHEMAS).map(
      ([stream, name]): ContractStream => ({
        stream,
        topic: `plant1.${stream}.v1`,
        schema: name,
        about: "A stream.",
        retentionMs: 86_400_000,
        hasEvents: false,
        isInput: false,
        key: name === "reading-row" ? ["originEpoch", "originPartition", "originOffset", "position"] : [],
      }),
    )
    for (const { name, text } of contractFiles("odcs", streams, "0.1.0"))
      expect(validate(JSON.parse(text)), `${name}: ${JSON.stringify(validate.errors?.slice(0, 3))}`).toBe(true)
    const [first] = contractFiles("odcs", streams, "0.1.0")
    expect(validate({ ...JSON.parse(first!.text), kind: "Contract" })).toBe(false)
  })
})
