/**
 * A set of devices, or of firmware reference values, as a Merkle tree (RFC 6962), so that its root can be anchored and one member
 * proven without naming another:
 *
 *   entry = "assay/member/v1\n" <member> "\n"     leaves are in the order of their hashes
 *
 * A member is a DID; in the set `firmware` it is `sha256:` and the hash of a signed item of reference values, in hex.
 *
 * Its head is signed as a checkpoint of the name `<anchor log>/<set>` and is a leaf of the anchor log. It is no log: the next set
 * does not continue the one before. Who knows a member can tell whether a proof is about it; no proof names another one.
 */
import {
  buildProof,
  type Hash,
  type LogSigner,
  leafHash,
  signCheckpoint,
  TileBuilder,
  type TileReader,
  tilePath,
  type VerifierKey,
  verifierKey,
} from "@assay/transparency"

export const SETS = ["enrolled", "revoked", "firmware"] as const
export type SetName = (typeof SETS)[number]

/** The key that verifies heads of a set: the anchor log's own, under the set's name. */
export const setKey = ({ name, publicKey }: VerifierKey, set: SetName): VerifierKey =>
  verifierKey(`${name}/${set}`, publicKey)

export const memberEntry = (member: string): Uint8Array => Buffer.from(`assay/member/v1\n${member}\n`)

const TILE_WIDTH = 256

export class MemberSet implements TileReader {
  readonly size: number
  readonly root: Hash
  readonly #files = new Map<string, Uint8Array>()
  /** Where each member stands. */
  readonly #places = new Map<string, number>()

  constructor(names: Iterable<string>) {
    const members = [...new Set(names)].map((name) => ({ name, hash: Buffer.from(leafHash(memberEntry(name))) }))
    members.sort((a, b) => Buffer.compare(a.hash, b.hash))
    const builder = new TileBuilder()
    for (const { path, bytes } of builder.append(members.map(({ name }) => memberEntry(name))))
      if (!path.startsWith("tile/entries/")) this.#files.set(path, bytes)
    members.forEach(({ name }, at) => {
      this.#places.set(name, at)
    })
    this.size = members.length
    this.root = builder.frontier.root()
  }

  async read(tile: Parameters<TileReader["read"]>[0]): Promise<Uint8Array | null> {
    return this.#files.get(tilePath(tile)) ?? this.#files.get(tilePath({ ...tile, width: TILE_WIDTH })) ?? null
  }

  /** @param key of the set. @throws what the signer throws */
  sign(key: VerifierKey, signer: LogSigner): Promise<string> {
    return signCheckpoint({ origin: key.name, size: this.size, root: this.root }, signer)
  }

  /** C2SP tlog-proof that the member is in it; null where it is not. @param note a signed head of this very set */
  async prove(member: string, note: string): Promise<string | null> {
    const at = this.#places.get(member)
    return at === undefined ? null : buildProof(at, note, this)
  }
}
