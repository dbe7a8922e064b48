import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { expect, it, onTestFinished } from "vitest"
import { clockFinding, keyFinding, linksFinding, modesFinding } from "../../src/doctor/directory.ts"

it("finds a file that others can read, however deep it lies, and says what to do", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-modes-"))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, "salts"), { mode: 0o700 })
  const salts = join(dir, "salts", "p000")
  writeFileSync(salts, "", { mode: 0o600 })
  expect(modesFinding(dir).state).toBe("ok")
  chmodSync(salts, 0o640)
  expect(modesFinding(dir)).toMatchObject({ state: "fail", cure: `chmod -R go= ${dir}` })
  expect(modesFinding(dir).found).toContain(salts)
  chmodSync(salts, 0o600)
  chmodSync(dir, 0o755)
  expect(modesFinding(dir).state).toBe("fail")
})

it("names the first link, however deep it lies", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-links-"))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, "tlog", "p000"), { recursive: true })
  expect(linksFinding(dir).state).toBe("ok")
  const link = join(dir, "tlog", "p000", "checkpoint")
  symlinkSync(join(dir, "nowhere"), link)
  expect(linksFinding(dir)).toMatchObject({ state: "fail", found: expect.stringContaining(link) })
})

it("the log's key is missing, or others can read it", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-key-"))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  expect(keyFinding(dir)).toMatchObject({ state: "warn", found: expect.stringContaining("is not there") })
  const key = join(dir, "log-key.pem")
  writeFileSync(key, "", { mode: 0o600 })
  expect(keyFinding(dir).state).toBe("ok")
  chmodSync(key, 0o640)
  expect(keyFinding(dir)).toMatchObject({ state: "fail", cure: expect.stringContaining("chmod 600") })
})

it("the log's time may run ahead of the clock by 2 s, and no more", () => {
  const now = Date.now()
  for (const shared of [false, true]) {
    const log = { traits: { shared } } as unknown as Log
    expect(clockFinding(log, [now + 2_000, 0], now).state).toBe("ok")
    expect(clockFinding(log, [0, now + 2_001], now)).toMatchObject({
      state: "fail",
      cure: expect.stringContaining(shared ? "the brokers'" : "this machine's"),
    })
  }
})
