/** An anchor log with its key, logs that are anchored, and scratch directories. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type LogSigner,
  signCheckpoint,
  TileBuilder,
  tilePath,
  type VerifierKey,
  verifierKey,
} from "@assay/transparency"
import { onTestFinished } from "vitest"
import { type AnchoredLog, AnchorLog, type EvidenceSource } from "../src/index.ts"
import { KEY_OF_LOG, signerOf } from "./keys.ts"

export { KEY_OF_LOG, SIGNER, signerOf } from "./keys.ts"

export const scratch = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "anchor-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const openLog = (dir = scratch()): Promise<AnchorLog> => AnchorLog.open(dir, KEY_OF_LOG)

/** A log in memory, as a partition's: two of one name and key are two histories. */
export class Partition implements AnchoredLog {
  readonly origin: string
  readonly keys: ReadonlyArray<VerifierKey>
  readonly #signer: LogSigner
  readonly #files = new Map<string, Uint8Array>()
  readonly #builder = new TileBuilder()
  note: string | null = null

  constructor(partition = 0) {
    this.origin = `plant.example/audit/audit.events.v1/${partition}/1`
    this.#signer = signerOf(this.origin)
    this.keys = [verifierKey(this.origin, this.#signer.publicKey)]
  }

  grow(count = 1, what = "entry"): Promise<string> {
    const { size } = this.#builder.frontier
    return this.append(Array.from({ length: count }, (_, i) => Buffer.from(`${what} ${size + i}`)))
  }

  async append(entries: ReadonlyArray<Uint8Array>): Promise<string> {
    const { frontier } = this.#builder
    for (const { path, bytes } of this.#builder.append(entries)) this.#files.set(path, bytes)
    this.note = await signCheckpoint({ origin: this.origin, size: frontier.size, root: frontier.root() }, this.#signer)
    return this.note
  }

  readonly tiles: AnchoredLog["tiles"] = {
    read: async (tile) => this.#files.get(tilePath(tile)) ?? this.#files.get(tilePath({ ...tile, width: 256 })) ?? null,
  }

  published = async (): Promise<string | null> => this.note
}

/** Bytes of one kind or another, as text. */
export const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("hex")

/** Evidence as a directory of one place has it. */
export const sourceOf = (evidence: ReadonlyArray<Awaited<ReturnType<EvidenceSource["read"]>>>): EvidenceSource => {
  const bySize = new Map(evidence.map((one) => [Number(one!.note.split("\n")[1]), one]))
  return { sizes: () => [...bySize.keys()].sort((a, b) => a - b), read: async (size) => bySize.get(size) ?? null }
}
