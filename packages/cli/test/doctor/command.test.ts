/** What the command itself finds, before it can look further. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { assay } from "@assay/testkit/cli"
import { beforeEach, expect, it, onTestFinished } from "vitest"

const STEP_MS = 60_000
/** Nobody listens there. */
const NOWHERE = "127.0.0.1:1"
const ROOTS = JSON.stringify({
  roots: ["did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"],
  threshold: 1,
})

let cwd: string

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-doctor-"))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  writeFileSync(join(cwd, "roots.json"), ROOTS, { mode: 0o600 })
  const log = await openEmbedded({ dir: join(cwd, "data"), partitions: 1 })
  await log.close()
})

interface Found {
  readonly check: string
  readonly state: string
  readonly found: string
}

const doctor = async (env: Readonly<Record<string, string>> = {}, ...args: ReadonlyArray<string>) => {
  const all = ["doctor", "--data", "data", "--roots", "roots.json", "--json", ...args]
  const { code, out } = await assay(all, { cwd, env: { ASSAY_HTTP_PORT: "0", ...env } })
  return { code, findings: (JSON.parse(out) as { findings: ReadonlyArray<Found> }).findings }
}

it("there is no directory yet: a warning, and what makes it", { timeout: STEP_MS }, async () => {
  expect((await doctor({}, "--data", "none")).findings).toContainEqual(
    expect.objectContaining({
      check: "data",
      state: "warn",
      found: expect.stringContaining("no data directory at none"),
    }),
  )
})

it("the directory is of another format, or its lock cannot be taken", { timeout: STEP_MS }, async () => {
  mkdirSync(join(cwd, "other"), { mode: 0o700 })
  writeFileSync(join(cwd, "other/assay.json"), '{"format":9}')
  const other = await doctor({}, "--data", "other")
  expect(other.code).toBe(1)
  expect(other.findings).toContainEqual(expect.objectContaining({ check: "data", state: "fail" }))
  rmSync(join(cwd, "data/assay.lock"), { force: true })
  symlinkSync(join(cwd, "elsewhere"), join(cwd, "data/assay.lock"))
  expect((await doctor()).findings).toContainEqual(expect.objectContaining({ check: "lock", state: "fail" }))
})

it("the roots cannot be read, or a file outside can be written by others", { timeout: STEP_MS }, async () => {
  expect((await doctor({}, "--roots", "none.json")).findings).toContainEqual(
    expect.objectContaining({ check: "roots", state: "fail" }),
  )
  chmodSync(join(cwd, "roots.json"), 0o666)
  expect((await doctor()).findings).toContainEqual(expect.objectContaining({ check: "modes", state: "fail" }))
})

it("no broker answers; and brokers are named where the log is not said to be there", { timeout: STEP_MS }, async () => {
  const brokers = { KAFKA_BROKERS: NOWHERE }
  const away = await doctor({ LOG: "kafka", ...brokers })
  expect(away.code).toBe(1)
  expect(away.findings).toContainEqual(
    expect.objectContaining({ check: "log", state: "fail", found: expect.stringContaining(NOWHERE) }),
  )
  expect((await doctor(brokers)).findings).toContainEqual(
    expect.objectContaining({ check: "log", state: "warn", found: expect.stringContaining("LOG") }),
  )
})
