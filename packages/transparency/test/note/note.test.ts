/** C2SP signed-note, tlog-checkpoint and tlog-proof. */
import { createPrivateKey } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as t from "../../src/index.ts"
import { MemoryLog, numbered } from "../memory.ts"

// The example of Go's sumdb/note package.
const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
const PETERS = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`
const secret = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
})
const signer = t.keySigner(secret)
const key = t.verifierKey("plant.example/audit/0", signer.publicKey)

describe("C2SP signed-note", () => {
  test("opens the published note, and gives the key's text back", () => {
    const peter = t.decodeVkey(PETER)
    expect(t.openNote(PETERS, peter)).toBe(`${PETERS.split("\n\n")[0]}\n`)
    expect(t.encodeVkey(peter)).toBe(PETER)
  })

  test("any changed character is found", () => {
    const peter = t.decodeVkey(PETER)
    fc.assert(
      fc.property(fc.nat(PETERS.length - 1), fc.constantFrom("a", "B", "9", "\n", " ", "—"), (at, character) => {
        const changed = PETERS.slice(0, at) + character + PETERS.slice(at + 1)
        fc.pre(changed !== PETERS)
        expect(() => t.openNote(changed, peter)).toThrow(t.NoteError)
      }),
      { numRuns: 500 },
    )
  })

  test.each(["", "x", PETER.replace("c74f", "c74e"), PETER.replace("+AR", "+AS"), "a b+00000000+AQ=="])(
    "refuses the vkey %j",
    (text) => {
      expect(() => t.decodeVkey(text)).toThrow(t.NoteError)
    },
  )

  test("a signature of the same key under another name does not count", async () => {
    const note = await t.signNote("hello\n", "other.example", signer)
    expect(() => t.openNote(note, key)).toThrow("not signed by")
  })

  test.each(["wit\x1b[2Jness", "wit\u0007ness", "wit\u202eness", "wit+ness"])(
    "a signature line of somebody named %j is refused",
    async (name) => {
      const note = await t.signNote("hello\n", key.name, signer)
      expect(() => t.openNote(`${note}— ${name} AAAAAAECAwQFBgcICQoLDA0ODw==\n`, key)).toThrow(t.NoteError)
    },
  )

  test("control characters and an unended text are refused", async () => {
    await expect(t.signNote("a\tb\n", key.name, signer)).rejects.toThrow(t.NoteError)
    await expect(t.signNote("a", key.name, signer)).rejects.toThrow(t.NoteError)
  })
})

describe("C2SP tlog-checkpoint and tlog-proof", () => {
  const log = new MemoryLog()
  const entries = numbered(1000)
  log.append(entries)
  const head = { origin: key.name, size: 1000, root: log.builder.frontier.root() }

  test("a checkpoint opens under its key only", async () => {
    const note = await t.signCheckpoint(head, signer)
    const opened = t.openCheckpoint(note, key)
    expect({ ...opened, root: Buffer.from(opened.root) }).toEqual({ ...head, root: Buffer.from(head.root) })
    const foreign = await t.signCheckpoint({ ...head, origin: "other.example" }, signer)
    expect(() => t.openCheckpoint(foreign, key)).toThrow(t.NoteError)
  })

  test.each(["", "a\n01\nAAAA\n", `a\n1\n${"A".repeat(43)}=\nextension\n`, `a\n-1\n${"A".repeat(43)}=\n`])(
    "refuses %j",
    (text) => {
      expect(() => t.readCheckpoint(text)).toThrow(t.NoteError)
    },
  )

  test.each(["\n", "extension\n", "— witness.example AAAAAAAA\n"])(
    "a signed extension line %j is refused",
    async (line) => {
      const note = await t.signNote(`${key.name}\n1\n${"A".repeat(43)}=\n${line}`, key.name, signer)
      expect(() => t.openCheckpoint(note, key)).toThrow(t.NoteError)
      const after = await t.signNote(`${key.name}\n1\n${"A".repeat(43)}=\n\n${line}`, key.name, signer)
      expect(() => t.openCheckpoint(after, key)).toThrow(t.NoteError)
    },
  )

  test("a proof proves its entry and no other; any changed character is found", async () => {
    const note = await t.signCheckpoint(head, signer)
    const text = await t.buildProof(777, note, log)
    expect(t.verifyProof(text, entries[777]!, key)).toMatchObject({ index: 777, head: { size: 1000 } })
    expect(() => t.verifyProof(text, entries[778]!, key)).toThrow(t.NoteError)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("a", "B", "9", "\n", " "), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        fc.pre(changed !== text)
        expect(() => t.verifyProof(changed, entries[777]!, key)).toThrow(t.NoteError)
      }),
      { numRuns: 500 },
    )
  })

  test("extra data travels along, unauthenticated", async () => {
    const proof = t.parseProof(await t.buildProof(5, await t.signCheckpoint(head, signer), log))
    const text = t.formatProof({ ...proof, extra: Buffer.from("hi") })
    expect(Buffer.from(t.parseProof(text).extra!).toString()).toBe("hi")
    expect(t.verifyProof(text, entries[5]!, key).index).toBe(5)
  })
})
