/** The README's blocks, pasted as a whole. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { freePorts } from "@assay/infra/kafka"
import { shell } from "@assay/testkit/cli"
import { describeKafka, testCluster } from "@assay/testkit/kafka"
import { afterAll, describe, expect, it } from "vitest"

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url))
const BLOCK_MS = 600_000
const cwd = mkdtempSync(join(tmpdir(), "assay-readme-"))
symlinkSync(join(ROOT, "node_modules"), join(cwd, "node_modules"))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const readme = readFileSync(join(ROOT, "README.md"), "utf8")
const blockUnder = (heading: string): string => {
  const section = readme.split(/^## /m).find((text) => text.startsWith(heading))
  const block = /```sh\n([\s\S]*?)```/.exec(section ?? "")?.[1]
  if (block === undefined) throw new Error(`the README has no block under ${heading}`)
  return block
}

/** What a block leaves running is stopped, and its exit codes are reported. */
const STOP = '\nfor job in $(jobs -p); do kill $job; wait $job; echo "stopped with $?"; done\n'

const outcomes = (out: string): ReadonlyArray<string> =>
  [...out.matchAll(/^1\/\d+\/\d+ +(verified|annotated|quarantined|rejected)/gm)].map(([, outcome]) => outcome!)
const LEARNED = [...Array.from({ length: 9 }, () => "annotated"), "verified", "verified"]

describe("the README", () => {
  it("gets from nothing to verified messages", { timeout: BLOCK_MS }, async () => {
    const [port] = [await freePorts(1)]
    const env = { ASSAY_HTTP_PORT: String(port), ASSAY_URL: `http://127.0.0.1:${port}` }
    const { out, err } = await shell(blockUnder("Your own devices") + STOP, { cwd, env })
    expect(outcomes(out), err).toEqual(LEARNED)
    expect(out).toContain("stopped with 0\n")
  })
})

describeKafka("the README on Kafka", () => {
  it("gets from nothing to verified messages", { timeout: BLOCK_MS }, async () => {
    const { client } = await testCluster()
    const base = await freePorts(5)
    // The broker and the ports are those of the test run; everything else is as it stands.
    const block = blockUnder("On Kafka")
      .replace("npm run kafka:up\n", "")
      .replace("127.0.0.1:9092", (client.brokers as ReadonlyArray<string>).join(","))
      .replaceAll(/\b708(\d)\b/g, (_, digit) => String(base + Number(digit)))
    const env = { ASSAY_STREAM_PREFIX: `readme-${randomUUID().slice(0, 8)}.` }
    const { out, err } = await shell(block + STOP, { cwd, env })
    expect(outcomes(out), err).toEqual(LEARNED)
    expect(out.match(/^stopped with 0$/gm)).toHaveLength(5)
  })
})
