/** What an auditor reads from somebody he does not trust: checkpoints, keys, proofs. */
import { createPrivateKey, sign } from "node:crypto"
import {
  buildProof,
  decodeVkey,
  encodeVkey,
  NoteError,
  openCheckpoint,
  parseProof,
  readCheckpoint,
  signCheckpoint,
  TileBuilder,
  tilePath,
  verifierKey,
  verifyProof,
} from "@assay/transparency"
import { refusedBy, type Target, text } from "../target.ts"

const NAME = "plant.example/audit/0/1"
// The seed of this key is public: it signs nothing but what is mutated here.
const key = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
})
const { x } = key.export({ format: "jwk" }) as { x: string }
const publicKey = Buffer.from(x, "base64url")
const vkey = verifierKey(NAME, publicKey)
const signer = { publicKey, sign: async (bytes: Uint8Array) => new Uint8Array(sign(null, bytes, key)) }

const ENTRIES = Array.from({ length: 300 }, (_, n) => Buffer.from(`entry ${n}`))
const builder = new TileBuilder()
const files = new Map(builder.append(ENTRIES).map(({ path, bytes }) => [path, bytes]))
const root = builder.frontier.root()
const checkpoint = await signCheckpoint({ origin: NAME, size: ENTRIES.length, root }, signer)
const PROVEN = [0, 1, 255, 299]
const proofs = await Promise.all(
  PROVEN.map((index) => buildProof(index, checkpoint, { read: async (tile) => files.get(tilePath(tile)) ?? null })),
)

const note: Target = {
  name: "checkpoint",
  about: "openCheckpoint: a signed note (C2SP signed-note, tlog-checkpoint), from anybody",
  seeds: () => [Buffer.from(checkpoint)],
  check: (bytes) =>
    refusedBy([NoteError], () => {
      readCheckpoint(text(bytes))
      const head = openCheckpoint(text(bytes), vkey)
      if (head.size !== ENTRIES.length || Buffer.compare(head.root, root) !== 0)
        throw new Error("opened a tree head that was never signed")
    }),
}

const vkeys: Target = {
  name: "vkey",
  about: "decodeVkey: a verifier key (C2SP signed-note), from anybody",
  seeds: () => [Buffer.from(encodeVkey(vkey))],
  check: (bytes) => refusedBy([NoteError], () => encodeVkey(decodeVkey(text(bytes)))),
}

const proof: Target = {
  name: "proof",
  about: "verifyProof: an inclusion proof (C2SP tlog-proof), from anybody",
  seeds: () => proofs.map((one) => Buffer.from(one)),
  check: (bytes) => {
    const parsed = refusedBy([NoteError], () => parseProof(text(bytes)))
    for (const [nth, index] of PROVEN.entries()) {
      // Under the right entry only its own index may verify, and under a wrong entry nothing.
      const right = refusedBy([NoteError], () => {
        const { index: proven } = verifyProof(text(bytes), ENTRIES[index]!, vkey)
        if (proven !== index) throw new Error(`proved entry ${index} as leaf ${proven}`)
      })
      const wrong = refusedBy([NoteError], () => verifyProof(text(bytes), ENTRIES[index + 1 - 2 * (index % 2)]!, vkey))
      if (right && !parsed) throw new Error("verified what it cannot parse")
      if (right && wrong) throw new Error(`one proof proves two entries (${nth})`)
    }
    return parsed
  },
}

export const TRANSPARENCY: ReadonlyArray<Target> = [note, vkeys, proof]
