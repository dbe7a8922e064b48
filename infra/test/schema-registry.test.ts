/** What the commands of the local registry refuse; what they do is in schema-registry.long.test.ts. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { skipsRegistry } from "@assay/testkit/registry"
import { describe, expect, it } from "vitest"

const skip = await skipsRegistry("infra/test/schema-registry.test.ts")

const run = (file: string, args: ReadonlyArray<string>): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    const script = fileURLToPath(new URL(`../schema-registry/${file}.ts`, import.meta.url))
    execFile(process.execPath, [script, ...args], (error, _out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), err }),
    )
  })

describe.skipIf(skip)("the local registry", () => {
  it.each([
    ["up", ["--port", "0"], "--port"],
    ["up", ["--heap", "much"], "--heap"],
    ["up", ["--bogus"], "--bogus"],
  ])("%s %j is the caller's to correct", async (file, args, says) => {
    const { code, err } = await run(file, args)
    expect(code).toBe(2)
    expect(err).toContain(says)
  })
})
