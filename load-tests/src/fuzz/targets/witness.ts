/** What witnesses, logs and auditors read from each other: requests, policies, evidence of a fork. */
import { createPrivateKey } from "node:crypto"
import {
  buildConsistency,
  encodeVkey,
  encodeWitnessKey,
  Frontier,
  formatAddCheckpoint,
  formatFork,
  keySigner,
  leafHash,
  NoteError,
  nodesOf,
  parseAddCheckpoint,
  parsePolicy,
  rootAt,
  signCheckpoint,
  TileBuilder,
  tilePath,
  verifierKey,
  verifyFork,
  witnessKey,
} from "@assay/transparency"
import { refusedBy, type Target, text } from "../target.ts"

const NAME = "plant.example/audit/0/1"
// The seeds of these keys are public: they sign nothing but what is mutated here.
const signerOf = (byte: number) =>
  keySigner(
    createPrivateKey({
      key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, byte)]),
      format: "der",
      type: "pkcs8",
    }),
  )
const signer = signerOf(7)
const vkey = verifierKey(NAME, signer.publicKey)

const SIZES = [60, 77] as const
const entries = (size: number, what: string): ReadonlyArray<Uint8Array> =>
  Array.from({ length: size }, (_, n) => Buffer.from(`${what} ${n}`))
const builder = new TileBuilder()
const files = new Map(builder.append(entries(SIZES[1], "entry")).map(({ path, bytes }) => [path, bytes]))
const tiles = { read: async (tile: Parameters<typeof tilePath>[0]) => files.get(tilePath(tile)) ?? null }
const nodes = nodesOf(tiles, SIZES[1])

const other = new Frontier()
for (const entry of entries(SIZES[0], "another")) other.append(leafHash(entry))
const large = await signCheckpoint({ origin: NAME, size: SIZES[1], root: builder.frontier.root() }, signer)
const forged = await signCheckpoint({ origin: NAME, size: SIZES[0], root: other.root() }, signer)
const consistency = await buildConsistency(nodes, SIZES[0], SIZES[1])
const prefix = await rootAt(nodes, SIZES[0])
const sameSize = await signCheckpoint({ origin: NAME, size: SIZES[0], root: prefix }, signer)

/** All roots that the key has signed, by size. */
const SIGNED = [builder.frontier.root(), other.root(), prefix].map((root) => Buffer.from(root).toString("hex"))

const request: Target = {
  name: "add-checkpoint",
  about: "parseAddCheckpoint: what a log asks of a witness (C2SP tlog-witness), from anybody",
  seeds: () => [
    Buffer.from(formatAddCheckpoint({ old: 0, proof: [], checkpoint: large })),
    Buffer.from(formatAddCheckpoint({ old: SIZES[0], proof: consistency, checkpoint: large })),
  ],
  check: (bytes) =>
    refusedBy([NoteError], () => {
      if (formatAddCheckpoint(parseAddCheckpoint(text(bytes))) !== text(bytes))
        throw new Error("took a body that is not in its one form")
    }),
}

const witnesses = [1, 2, 3].map((n) => `witness w${n} ${encodeWitnessKey(witnessKey(`w${n}`, signerOf(n).publicKey))}`)
const POLICY = [
  `log ${encodeVkey(vkey)} https://plant.example/`,
  ...witnesses,
  "group two 2 w1 w2",
  "group all all two w3",
  "quorum all",
].join("\n")

const policy: Target = {
  name: "witness-policy",
  about: "parsePolicy: which logs and witnesses count (C2SP tlog-policy), from somebody else",
  seeds: () => [Buffer.from(POLICY), Buffer.from("# nobody\nquorum none\n")],
  check: (bytes) =>
    refusedBy([NoteError], () => {
      const read = parsePolicy(bytes)
      const names = read.witnesses.map(({ name }) => name)
      if (!read.isMet(new Set(names))) throw new Error("a quorum that all witnesses together are not")
      if (read.quorum !== "none" && read.isMet(new Set())) throw new Error("a quorum of nobody")
    }),
}

const fork: Target = {
  name: "fork-evidence",
  about: "verifyFork: that a log's key signed two histories, from anybody",
  seeds: () => [
    Buffer.from(formatFork({ a: forged, b: large, prefix, proof: consistency })),
    Buffer.from(formatFork({ a: forged, b: sameSize, prefix: null, proof: [] })),
  ],
  check: (bytes) =>
    refusedBy([NoteError], () => {
      const { a, b } = verifyFork(text(bytes), vkey)
      for (const { root } of [a, b])
        if (!SIGNED.includes(Buffer.from(root).toString("hex"))) throw new Error("a head that was never signed")
      if (Buffer.compare(a.root, b.root) === 0) throw new Error("one history, called two")
    }),
}

export const WITNESS: ReadonlyArray<Target> = [request, policy, fork]
