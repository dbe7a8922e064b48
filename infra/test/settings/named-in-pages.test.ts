/** Each setting that a page names is one that a node takes: a mistyped one would end it. */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { refuseUnknownKafkaSettings, refuseUnknownSettings } from "@assay/settings"
import { expect, test } from "vitest"

const ROOT = fileURLToPath(new URL("../../../", import.meta.url))

const isTaken = (name: string): boolean => {
  try {
    refuseUnknownSettings({ [name]: "x" })
    refuseUnknownKafkaSettings({ [name]: "x" })
    return true
  } catch {
    return false
  }
}

test("a page names no setting that there is not", () => {
  // What was decided earlier may name what is no more.
  const args = ["grep", "-oE", String.raw`\b(ASSAY|KAFKA)_[A-Z0-9_]*[A-Z0-9]\b`, "--", "*.md", ":!docs/adr"]
  const named = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim().split("\n")
  expect(named.length).toBeGreaterThan(100)
  expect(isTaken("KAFKA_SASL_PASSWORD_FILE")).toBe(true)
  expect(isTaken("KAFKA_PASSWORD_FILE")).toBe(false)
  expect(named.filter((line) => !isTaken(line.slice(line.indexOf(":") + 1)))).toEqual([])
})
