/** A proof file proves what it holds, or is refused: no edit of it makes it say something else. */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto"
import { encodeAudit } from "@assay/schemas"
import type { AuditEvent } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as t from "../../src/index.ts"
import { decodeLeaf, pseudonymOf } from "../../src/leaf.ts"
import { MemoryLog, numbered } from "../memory.ts"

const secret = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
})
const signer = t.keySigner(secret)
const key = t.verifierKey("plant.example/audit/0", signer.publicKey)
const saltKey = (byte: number): t.SaltKey => {
  const bytes = new Uint8Array(32).fill(byte)
  return { key: bytes, pseudonym: pseudonymOf(bytes) }
}
const DEVICE = saltKey(1)
const LOG = saltKey(2)

const decision = (offset: number): AuditEvent => ({
  kind: "decision",
  origin: { epoch: 1, partition: 1, offset },
  index: 5000,
  time: 1_790_000_000_000 + offset,
  device: `did:key:zDevice${offset % 3}`,
  digest: "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
  decision: {
    outcome: offset % 2 === 0 ? "verified" : "quarantined",
    reasons: offset % 2 === 0 ? [] : ["identity.replayed"],
    trust: "trusted",
    reputation: 0.5,
    kind: "original",
    supersedes: null,
  },
  verdicts: [],
  reasons: [],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: Buffer.alloc(32, offset % 256),
  detail: null,
})

const log = new MemoryLog()
const FIRST = 800
const leaves = Array.from({ length: 40 }, (_, i) => {
  const record = encodeAudit(decision(FIRST + i))
  const event = t.eventOf(record, 1, 1, i)
  return { record, event, entry: t.leafOf(event, record, DEVICE, LOG) }
})
log.append([...numbered(10), ...leaves.map(({ entry }) => entry)])
const root = log.builder.frontier.root()
const head = { origin: key.name, size: 50, root }
const WITNESS = "— witness.example AAAAAAECAwQFBgcICQoLDA0ODw==\n"

const COSIGNER_SECRET = generateKeyPairSync("ed25519").privateKey
const COSIGNER_NAME = "w.example"
const COSIGNER = t.decodeWitnessKey(
  ((typed: Buffer): string => {
    const hash = createHash("sha256").update(`${COSIGNER_NAME}\n`).update(typed).digest("hex").slice(0, 8)
    return `${COSIGNER_NAME}+${hash}+${typed.toString("base64")}`
  })(Buffer.concat([Buffer.of(4), t.keySigner(COSIGNER_SECRET).publicKey])),
)

/** The line of a witness, as C2SP tlog-cosignature has it. */
const cosignatureOf = ({ origin, size, root }: typeof head): string => {
  const seconds = 1_790_000_000
  const text = `cosignature/v1\ntime ${seconds}\n${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`
  const start = Buffer.alloc(12)
  start.writeUInt32BE(COSIGNER.id)
  start.writeBigUInt64BE(BigInt(seconds), 4)
  const signature = sign(null, Buffer.from(text), COSIGNER_SECRET)
  return `— ${COSIGNER_NAME} ${Buffer.concat([start, signature]).toString("base64")}\n`
}

const proofFor = async (offset: number, erased = false, lines = WITNESS): Promise<string> => {
  const at = offset - FIRST
  const { record, event, entry } = leaves[at]!
  const note = `${await t.signCheckpoint(head, signer)}${lines}`
  const proof = await t.buildProof(10 + at, note, log)
  const { pseudonym, statement, commitment } = decodeLeaf(entry)
  return erased
    ? t.formatProofFile({
        erased: t.statementOf(event.event!),
        salt: t.statementSaltOf(LOG.key, event),
        pseudonym,
        commitment,
        proof,
      })
    : t.formatProofFile({ event: record, salt: t.saltOf(DEVICE.key, event), pseudonym, statement, proof })
}

/** The members of a file: what its extra data hold, and the proof without them. */
const opened = (text: string): { proof: string; leaf: object; [member: string]: unknown } => {
  const proof = t.parseProof(text)
  const members = JSON.parse(Buffer.from(proof.extra!).toString("utf8"))
  return { ...members, proof: t.formatProof({ ...proof, extra: null }) }
}
/** The file of these extra data; what is no proof stays what it is. */
const withExtra = (proof: unknown, extra: string): string => {
  try {
    return t.formatProof({ ...t.parseProof(String(proof)), extra: Buffer.from(extra) })
  } catch (cause) {
    if (cause instanceof t.NoteError) return String(proof)
    throw cause
  }
}
const closed = ({ proof, ...members }: Readonly<Record<string, unknown>>): string =>
  withExtra(proof, JSON.stringify(members))

/** What is printed, or null where the file is refused. */
const said = (text: string): string | null => {
  try {
    const { head: _, unverified: __, ...proven } = t.verifyProofFile(text, key)
    return JSON.stringify(proven)
  } catch (cause) {
    if (cause instanceof t.NoteError) return null
    throw cause
  }
}

describe("a proof file", () => {
  test("says what was decided, from the proven bytes, with the witnesses' lines carried along", async () => {
    const text = await proofFor(820)
    expect(text.endsWith(WITNESS)).toBe(true)
    const proven = t.verifyProofFile(text, key)
    expect(proven).toMatchObject({
      leaf: 30,
      unverified: ["witness.example"],
      origin: { offset: 820 },
      event: { device: "did:key:zDevice1", time: 1_790_000_000_820, decision: { outcome: "verified", reasons: [] } },
    })
  })

  test("proves nothing where a witness that was asked for has not cosigned, whatever the log says", async () => {
    const witness = t.decodeWitnessKey("witness.example/w1+40e99145+BADQWh0eolE5bVV6+9RYizxtmdvrly/tEKMlYuom3Nz6")
    const text = await proofFor(820)
    expect(() => t.verifyProofFile(text, key, [witness])).toThrow("is not cosigned by witness.example/w1")
    const cosigned = await proofFor(820, false, `${WITNESS}${cosignatureOf(head)}`)
    expect(t.verifyProofFile(cosigned, key, [COSIGNER])).toMatchObject({
      leaf: 30,
      cosigned: [{ name: "w.example", time: 1_790_000_000_000 }],
      unverified: ["witness.example"],
    })
    expect(t.verifyProofFile(cosigned, key)).toMatchObject({
      cosigned: [],
      unverified: ["witness.example", "w.example"],
    })
  })

  test("cannot be relabelled: 820 does not become 816", async () => {
    const file = opened(await proofFor(820))
    expect(said(closed(file))).not.toBeNull()
    const other = opened(await proofFor(816))
    for (const member of ["event", "salt", "leaf", "proof"] as const)
      if (JSON.stringify(file[member]) !== JSON.stringify(other[member]))
        expect(said(closed({ ...file, [member]: other[member] }))).toBeNull()
    for (const more of [{ event2: "1/1/816" }, { kind: "decision" }, { origin: "1/1/816" }])
      expect(said(closed({ ...file, ...more }))).toBeNull()
    expect(said(closed({ ...file, leaf: { ...file.leaf, device: "x" } }))).toBeNull()
    // The same member twice: a person reads the first, a parser takes the last.
    const { proof, ...members } = file
    const twice = JSON.stringify(members).replace('"salt"', '"event":"AAAA","salt"')
    expect(said(withExtra(proof, twice))).toBeNull()
  })

  test("proves the statement alone where the device was erased, and nothing of the device", async () => {
    const text = await proofFor(821, true)
    expect(t.verifyProofFile(text, key)).toMatchObject({
      event: null,
      said: { outcome: "quarantined", reasons: ["identity.replayed"], origin: { offset: 821 } },
    })
    const file = opened(text)
    expect(JSON.stringify(file)).not.toContain(Buffer.from("did:key").toString("base64").slice(0, 8))
    const forged = { ...file, statement: opened(await proofFor(820, true))["statement"] }
    expect(said(closed(forged))).toBeNull()
  })

  test.each([false, true])("any changed character: refused, or it says the same (erased: %s)", async (erased) => {
    const text = await proofFor(820, erased)
    const honest = said(text)
    expect(honest).not.toBeNull()
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 0x17f }), fc.nat(2), (at, code, how) => {
        const character = String.fromCharCode(code)
        const rest = text.slice(how === 1 ? at : at + 1)
        const now = said(text.slice(0, at) + (how === 2 ? "" : character) + rest)
        expect(now === null || now === honest).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  test("any other value of any field: refused", async () => {
    const file = opened(await proofFor(820))
    const bytes = fc.uint8Array({ maxLength: 64 }).map((value) => Buffer.from(value).toString("base64"))
    const value = fc.oneof(bytes, fc.string(), fc.jsonValue())
    const field = fc.constantFrom("format", "event", "salt", "leaf", "proof", "pseudonym", "statement", "other")
    fc.assert(
      fc.property(field, value, (name, content) => {
        const inLeaf = name === "pseudonym" || name === "statement"
        const changed = inLeaf ? { ...file, leaf: { ...file.leaf, [name]: content } } : { ...file, [name]: content }
        fc.pre(JSON.stringify(changed) !== JSON.stringify(file))
        expect(said(closed(changed))).toBeNull()
      }),
      { numRuns: 1_000 },
    )
  })

  test("other extra data than ours, and ours in another form: refused", async () => {
    const { proof, ...members } = opened(await proofFor(820))
    for (const extra of ["1/1/816", "", "null", JSON.stringify(members, null, 2), `${JSON.stringify(members)} `])
      expect(said(withExtra(proof, extra)), extra).toBeNull()
    expect(said(proof)).toBeNull()
  })
})
