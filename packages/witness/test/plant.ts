/** A log in memory with its key, and witnesses over real HTTP. */
import { createHash, createPrivateKey } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunningServer, startServer } from "@assay/ingress"
import {
  encodeVkey,
  encodeWitnessKey,
  type Hash,
  keySigner,
  type LogSigner,
  type Policy,
  parsePolicy,
  signCheckpoint,
  TileBuilder,
  type TileReader,
  tilePath,
  type VerifierKey,
  verifierKey,
  witnessKey,
} from "@assay/transparency"
import { onTestFinished } from "vitest"
import { logId, Witness, WitnessStates, witnessRoutes } from "../src/server/index.ts"

export const ORIGIN = "plant.example/audit/audit.events.v1/0/1"

export const signerOf = (name: string): LogSigner => {
  const seed = createHash("sha256").update(name).digest()
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  return keySigner(createPrivateKey({ key: der, format: "der", type: "pkcs8" }))
}

export const LOG_SIGNER = signerOf("the log")
export const LOG: VerifierKey = verifierKey(ORIGIN, LOG_SIGNER.publicKey)

/** A history of a log: two of one key are a fork. */
export class History implements TileReader {
  readonly files = new Map<string, Uint8Array>()
  readonly #builder = new TileBuilder()
  note = ""
  cosigned: string | null = null

  async grow(count: number, what = "entry"): Promise<string> {
    const from = this.size
    const entries = Array.from({ length: count }, (_, i) => Buffer.from(`${what} ${from + i}`))
    for (const { path, bytes } of this.#builder.append(entries)) this.files.set(path, bytes)
    this.note = await signCheckpoint({ origin: ORIGIN, size: this.size, root: this.root }, LOG_SIGNER)
    return this.note
  }

  get size(): number {
    return this.#builder.frontier.size
  }

  get root(): Hash {
    return this.#builder.frontier.root()
  }

  async read(tile: Parameters<TileReader["read"]>[0]): Promise<Uint8Array | null> {
    return this.files.get(tilePath(tile)) ?? this.files.get(tilePath({ ...tile, width: 256 })) ?? null
  }

  /** Serves it as C2SP tlog-tiles. */
  async serve(): Promise<string> {
    return listen([
      {
        method: "GET",
        path: "/checkpoint",
        right: null,
        handle: () => ({ status: this.note === "" ? 404 : 200, type: "text/plain", body: this.note }),
      },
      {
        method: "GET",
        path: "/checkpoint.cosigned",
        right: null,
        handle: () => ({ status: this.cosigned === null ? 404 : 200, type: "text/plain", body: this.cosigned ?? "" }),
      },
      ...["/tile/{a}/{b}", "/tile/{a}/{b}/{c}"].map((path) => ({
        method: "GET" as const,
        path,
        right: null,
        handle: ({ url }: { readonly url: URL }) => {
          const bytes = this.files.get(url.pathname.slice(1))
          return { status: bytes === undefined ? 404 : 200, type: "application/octet-stream", body: bytes ?? "" }
        },
      })),
    ])
  }
}

const listen = async (routes: Parameters<typeof startServer>[0]["routes"]): Promise<string> => {
  const server: RunningServer = await startServer({
    host: "127.0.0.1",
    port: 0,
    access: { tokens: [], certificates: [], open: false },
    routes,
    onRefused: () => undefined,
  })
  onTestFinished(() => server.close())
  return server.url
}

export const scratch = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "witness-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export interface TestWitness {
  readonly witness: Witness
  readonly states: WitnessStates
  readonly dir: string
  readonly vkey: string
  readonly forks: Array<string>
  /** Where it is served, once. */
  serve(): Promise<string>
}

export const NOW: number = 1_790_000_000_000

export const openWitness = async (
  name: string,
  dir = scratch(),
  now = () => NOW,
  signer = signerOf(name),
): Promise<TestWitness> => {
  const key = witnessKey(`witness.example/${name}`, signer.publicKey)
  const states = new WitnessStates(dir)
  await states.open()
  const forks: Array<string> = []
  const onFork = (_: string, evidence: string): void => void forks.push(evidence)
  const witness = new Witness({ key, signer, logs: [LOG], states, now, onFork })
  const serve = (): Promise<string> => listen(witnessRoutes(witness, states))
  return { witness, states, dir, vkey: encodeWitnessKey(key), forks, serve }
}

/** @param witnesses names and URLs */
export const policyOf = (
  witnesses: ReadonlyArray<readonly [name: string, vkey: string, url?: string]>,
  threshold: string,
  logUrl = "",
): Policy =>
  parsePolicy(
    Buffer.from(
      [
        `log ${encodeVkey(LOG)} ${logUrl}`,
        ...witnesses.map((words) => `witness ${words.join(" ")}`),
        `group all-of-them ${threshold} ${witnesses.map(([name]) => name).join(" ")}`,
        "quorum all-of-them",
      ].join("\n"),
    ),
  )

export { logId }
