/** A call that is killed while it works on a register: nothing is half there, nothing stays locked, and the same call goes on. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { verifyCredential } from "@assay/credentials"
import { actor } from "@assay/testkit/actors"
import { assay, type Done, startAssay } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"

const STEP_MS = 120_000
const DEVICES = 3_000
const cwd = mkdtempSync(join(tmpdir(), "assay-killed-"))
const log = join(cwd, "register/credentials.jsonl")
const TERMS = ["--vendor", "acme", "--class", "pump", "--measurements", "t*", "--audiences", "https://plant.example/*"]
const issue = ["credential", "issue", "--csv", "devices.csv", "--register", "register", "--issuer", "issuer.json"]
const call = [...issue, ...TERMS, "--out", "out", "--report", "report.csv"]

beforeAll(async () => {
  await assay(["keygen", "--out", "issuer.json"], { cwd })
  await assay(["credential", "init", "register", "--at", "https://acme.example/status/1"], { cwd })
  const dids = Array.from({ length: DEVICES }, () => actor().did)
  writeFileSync(join(cwd, "devices.csv"), `device\n${dids.join("\n")}\n`)
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

interface Line {
  readonly hash: string
  readonly device: string
  readonly index: number
}
const lines = (): ReadonlyArray<Line> => {
  const content = readFileSync(log, "utf8")
  const whole = content.slice(0, content.lastIndexOf("\n") + 1)
  return whole
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}
/** Whatever the register names is there as a whole. */
const checkFiles = (): void => {
  for (const { hash, device } of lines()) {
    const path = join(cwd, "register/credentials", hash.slice(0, 2), `${hash}.jwt`)
    expect(verifyCredential(readFileSync(path, "utf8").trim())).toMatchObject({ credential: { hash, subject: device } })
  }
}

it("leaves no lock and nothing half done after SIGKILL, wherever it was", { timeout: STEP_MS }, async () => {
  for (const least of [1, 600]) {
    const running = startAssay(call, { cwd })
    let ended: Done | null = null
    void running.done.then((done) => {
      ended = done
    })
    while (lines().length < least) {
      if (ended !== null) throw new Error(`it ended before it was killed: ${JSON.stringify(ended)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    running.kill("SIGKILL")
    expect((await running.done).code).toBeNull()
    expect(lines().length).toBeLessThan(DEVICES)
    const { code, out, err } = await assay(["credential", "status", "--register", "register", "--json"], { cwd })
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ credentials: lines().length })
    checkFiles()
  }
  const before = lines().length
  const done = await assay([...call, "--json"], { cwd })
  expect(done, done.err).toMatchObject({ code: 0 })
  expect(JSON.parse(done.out)).toMatchObject({ devices: DEVICES, issued: DEVICES - before, already: before, failed: 0 })
  checkFiles()
  const all = lines()
  for (const member of ["hash", "device", "index"] as const)
    expect(new Set(all.map((line) => line[member])).size).toBe(DEVICES)
  const files = readdirSync(join(cwd, "out"))
  const subjects = files.map((name) => {
    const found = verifyCredential(readFileSync(join(cwd, "out", name), "utf8").trim())
    return "credential" in found ? found.credential.subject : name
  })
  expect(subjects.sort()).toEqual(all.map(({ device }) => device).sort())
})
