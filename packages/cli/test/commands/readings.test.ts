/** `assay readings` without what it needs; on a broker it is called in test/system/kafka/sinks.long.test.ts. */
import { tmpdir } from "node:os"
import { assay } from "@assay/testkit/cli"
import { expect, it } from "vitest"

it.each([
  [[], "assay readings needs LOG=kafka"],
  [["--outcome", "quarantined"], "--outcome takes verified or all"],
  [["--format", "xml"], "--format takes avro or json"],
  [["--metrics", "http"], "--metrics takes a whole number"],
  [["now"], "one word too many"],
])("%j is the caller's to correct", async (args, says) => {
  const done = await assay(["readings", ...args], { cwd: tmpdir() })
  expect(done).toMatchObject({ code: 2, out: "" })
  expect(done.err).toContain(says)
})
