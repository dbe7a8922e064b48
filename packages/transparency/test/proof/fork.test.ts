/** Evidence of two histories: it proves what it shows, and nobody without the log's key makes it. */
import { createPrivateKey } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as t from "../../src/index.ts"
import { nodesOf } from "../../src/tile/nodes.ts"
import { MemoryLog, numbered } from "../memory.ts"

const signer = t.keySigner(
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
    format: "der",
    type: "pkcs8",
  }),
)
const key = t.verifierKey("plant.example/log", signer.publicKey)

/** A log of so many entries, of which the one at `changed` is another. */
const logOf = (size: number, changed = -1): MemoryLog => {
  const log = new MemoryLog()
  log.append(numbered(size).map((entry, i) => (i === changed ? Buffer.from("another") : entry)))
  return log
}
const noteOf = (log: MemoryLog): Promise<string> =>
  t.signCheckpoint({ origin: key.name, size: log.builder.frontier.size, root: log.builder.frontier.root() }, signer)

const evidence = async (small: MemoryLog, large: MemoryLog): Promise<string> => {
  const [from, to] = [small.builder.frontier.size, large.builder.frontier.size]
  const nodes = nodesOf(large, to)
  const [a, b] = [await noteOf(small), await noteOf(large)]
  if (from === to) return t.formatFork({ a, b, prefix: null, proof: [] })
  return t.formatFork({ a, b, prefix: await t.rootAt(nodes, from), proof: await t.buildConsistency(nodes, from, to) })
}

describe("evidence of a fork", () => {
  test("shows that the larger history does not continue the smaller one, whatever the sizes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70 }), fc.nat({ max: 70 }), fc.nat(), async (from, more, at) => {
        const shown = await evidence(logOf(from, at % from), logOf(from + more))
        expect(t.verifyFork(shown, key)).toMatchObject({ a: { size: from }, b: { size: from + more } })
        const honest = await evidence(logOf(from), logOf(from + more))
        expect(() => t.verifyFork(honest, key)).toThrow("that is no fork")
      }),
      { numRuns: 60 },
    )
  })

  test("is refused with any changed member, and under another key", async () => {
    const text = await evidence(logOf(5, 2), logOf(12))
    const members = JSON.parse(text) as { a: string; b: string; prefix: string; proof: Array<string> }
    const refused = (more: object): void => {
      expect(() => t.verifyFork(JSON.stringify({ ...members, ...more }), key)).toThrow(t.NoteError)
    }
    refused({ format: "other" })
    refused({ a: members.b, b: members.a })
    refused({ a: members.a.replace("\n5\n", "\n6\n") })
    refused({ b: undefined })
    refused({ prefix: Buffer.alloc(32, 1).toString("base64") })
    refused({ prefix: undefined })
    refused({ proof: members.proof.slice(1) })
    refused({ proof: "x" })
    refused({ proof: members.proof.map(() => "x") })
    expect(() => t.verifyFork("{", key)).toThrow("no JSON")
    const other = t.verifierKey(key.name, Buffer.alloc(32, 3))
    expect(() => t.verifyFork(text, other)).toThrow(t.NoteError)
  })
})
