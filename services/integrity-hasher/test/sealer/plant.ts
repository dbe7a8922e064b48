/** A real embedded log with audit events, and a sealer over it. */
import { createHash, createPrivateKey } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { newErasure } from "@assay/knowledge"
import { type Log, TakenOverError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit, encodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { encodeVkey, keySigner, verifierKey } from "@assay/transparency"
import { KeyStore, logDirectory } from "@assay/transparency/storage"
import type { AuditEvent } from "@assay/trust"
import { onTestFinished } from "vitest"
import { Sealer, type SealStep } from "../../src/sealer/sealer.ts"

const secret = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 9)]),
  format: "der",
  type: "pkcs8",
})
export const signer = keySigner(secret)
export const ORIGIN = "plant.example/audit/audit.events.v1/0/1"
export const VKEY = encodeVkey(verifierKey(ORIGIN, signer.publicKey))
export const AUDIT = { stream: STREAMS.audit, partition: 0 }

export const eventAt = (offset: number, devices = 7): AuditEvent => ({
  kind: offset % 11 === 10 ? "incident" : "transition",
  origin: { epoch: 1, partition: 0, offset },
  index: 4000,
  time: 1_790_000_000_000 + offset,
  device: offset % 11 === 10 ? null : `did:key:zDevice${offset % devices}`,
  digest: null,
  decision: null,
  verdicts: [],
  reasons: [],
  from: "learning",
  to: "trusted",
  evidence: [],
  count: 0,
  root: null,
  record: null,
  detail: `event ${offset}`,
})

export const recordsOf = (from: number, to: number): Array<{ key: Uint8Array; value: Uint8Array }> =>
  Array.from({ length: to - from }, (_, i) => {
    const event = eventAt(from + i)
    return { key: Buffer.from(event.device ?? ""), value: encodeAudit(event) }
  })

/** The same keys for the same devices in every run, so that two logs can be compared byte for byte. */
const fixedKeys = (): ((device: string) => Uint8Array) => {
  const made = new Map<string, number>()
  return (device) => {
    const nth = made.get(device) ?? 0
    made.set(device, nth + 1)
    return createHash("sha256").update(`key ${nth} of ${device}`).digest()
  }
}

export interface Plant {
  readonly dir: string
  readonly log: Log
  readonly tlog: string
  readonly keys: KeyStore
  sealer(onStep?: (step: SealStep) => void, maxBatch?: number, onUndone?: (cause: Error) => void): Sealer
  /** The stored audit events, as `verifyDirectory` wants them. */
  events(): AsyncGenerator<{ offset: number; value: Uint8Array; time: number }>
}

export const openPlant = async (): Promise<Plant> => {
  const dir = mkdtempSync(join(tmpdir(), "sealer-"))
  let clock = 1_790_000_000_000
  const log = await openEmbedded({ dir: join(dir, "log"), partitions: 1, clock: () => clock++ })
  const keys = await KeyStore.open(join(dir, "salts"), fixedKeys())
  onTestFinished(async () => {
    await keys.close()
    await log.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const tlog = logDirectory(dir, 0)
  return {
    dir,
    log,
    tlog,
    keys,
    sealer: (onStep = () => undefined, maxBatch = 4096, onUndone = () => undefined) =>
      new Sealer({ log, partition: 0, directory: tlog, origin: ORIGIN, signer, keys, maxBatch, onStep, onUndone }),
    events: async function* () {
      for (let from = 0; ; ) {
        const records = await log.read(AUDIT, from, 1000, 1 << 20)
        if (records.length === 0) return
        yield* records
        from = records.at(-1)!.offset + 1
      }
    },
  }
}

export interface Ordered {
  readonly target: string
  readonly at: number
}
/** Puts the command of an erasure into `submitted`, as it would lie there after it was taken. */
export const orderErasure = async (
  { log }: Pick<Plant, "log">,
  device: string,
  pseudonym: Uint8Array,
): Promise<Ordered> => {
  const { target, opening } = newErasure(device, Buffer.from(pseudonym).toString("hex"))
  const value = encodeEntry({ origin: null, time: null, body: { kind: "control", tokens: ["e30.e30.AA", opening] } })
  const at = { stream: STREAMS.submitted, partition: 0 }
  const { offset } = await log.append(at, [{ key: Buffer.from(""), value }])
  return { target, at: offset }
}

/** As the last stage records it; its command lies in `submitted` at `at`. */
export const erasureEvent = (offset: number, { target, at }: Ordered): AuditEvent => ({
  ...eventAt(offset),
  origin: { epoch: 1, partition: 0, offset: at },
  kind: "control",
  device: null,
  from: null,
  to: null,
  count: 1,
  detail: JSON.stringify({
    kind: "command",
    verb: "erase",
    target,
    signers: ["did:key:zA", "did:key:zB"],
    reason: "asked for",
  }),
})

/** The plant's log as each of several processes has it: who takes last is the only one to commit. */
export const clientsOf = ({ log }: Pick<Plant, "log">): (() => Log) => {
  let owner: Log | null = null
  return () => {
    const client: Log = {
      ...log,
      take: async (group, at) => {
        owner = client
        return log.position(group, at)
      },
      commit: async (partition, commit) => {
        if (owner !== client) throw new TakenOverError(commit.group, commit.stream, partition)
        return log.commit(partition, commit)
      },
    }
    return client
  }
}

/** All published files of a log's directory with their bytes, staging left out. */
export const filesOf = (directory: string): Record<string, string> => {
  const files: Record<string, string> = {}
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(directory.length + 1)
    if (entry.isFile() && !name.startsWith("staging")) files[name] = readFileSync(path).toString("base64")
  }
  return files
}
