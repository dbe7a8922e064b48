/** A TUF repository in memory, with all of its keys, and changed at will. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import type { JsonObject } from "@assay/jose"
import type { TufFiles, TufState } from "../../src/index.ts"
import { canonical } from "../../src/tuf/canonical.ts"

export const NOW = Date.parse("2030-01-01T00:00:00Z")
export const LATER = "2031-01-01T00:00:00Z"
export const PAST = "2029-12-31T23:59:59Z"

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

export interface TestKey {
  readonly id: string
  readonly json: JsonObject
  readonly key: KeyObject
}

export const newKey = (kind: "ed25519" | "ecdsa" = "ed25519"): TestKey => {
  const { privateKey, publicKey } =
    kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
  const raw = (publicKey.export({ format: "der", type: "spki" }) as Buffer).subarray(-32).toString("hex")
  const json =
    kind === "ed25519"
      ? { keytype: "ed25519", scheme: "ed25519", keyval: { public: raw } }
      : {
          keytype: "ecdsa",
          scheme: "ecdsa-sha2-nistp256",
          keyval: { public: publicKey.export({ format: "pem", type: "spki" }) as string },
        }
  return { id: sha256(canonical(json)), json, key: privateKey }
}

/** Metadata as its signers write it. */
export const signed = (body: JsonObject, keys: ReadonlyArray<TestKey>): Buffer => {
  const covered = canonical(body)
  const signatures = keys.map(({ id, key }) => ({
    keyid: id,
    sig: sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", covered, key).toString("hex"),
  }))
  return Buffer.from(JSON.stringify({ signed: body, signatures }, null, 1))
}

export interface Keys {
  readonly root: ReadonlyArray<TestKey>
  readonly timestamp: ReadonlyArray<TestKey>
  readonly snapshot: ReadonlyArray<TestKey>
  readonly targets: ReadonlyArray<TestKey>
}

export const newKeys = (): Keys => ({
  root: [newKey(), newKey("ecdsa"), newKey()],
  timestamp: [newKey()],
  snapshot: [newKey()],
  targets: [newKey(), newKey("ecdsa")],
})

const common = (type: string, version: number, expires = LATER): JsonObject => ({
  _type: type,
  spec_version: "1.0.31",
  version,
  expires,
})

export const rootBody = (keys: Keys, version = 1, expires = LATER): JsonObject => ({
  ...common("root", version, expires),
  consistent_snapshot: true,
  keys: Object.fromEntries(Object.values(keys).flatMap((all) => all.map(({ id, json }: TestKey) => [id, json]))),
  roles: Object.fromEntries(
    Object.entries(keys).map(([role, all]) => [
      role,
      { keyids: all.map(({ id }: TestKey) => id), threshold: role === "root" || role === "targets" ? 2 : 1 },
    ]),
  ),
})

/** What a target says of itself. */
export const image = (content: string, version: string, svn: number, component?: string): JsonObject => ({
  length: content.length,
  hashes: { sha256: sha256(content) },
  custom: {
    firmware: { vendor: "acme", class: "pump", version, svn, ...(component === undefined ? {} : { component }) },
  },
})
export const digestOfImage = (content: string): string => sha256(content)

export interface Release {
  readonly targets: JsonObject
  /** Of targets, snapshot and timestamp alike. */
  readonly version: number
  readonly expires?: { readonly [role: string]: string }
  readonly signers?: Partial<Keys>
}

/** All files of one state of the repository, by name. */
export const release = (keys: Keys, { targets, version, expires = {}, signers = {} }: Release): Map<string, Buffer> => {
  const by = { ...keys, ...signers }
  const targetsFile = signed({ ...common("targets", version, expires["targets"]), targets }, by.targets)
  const snapshotFile = signed(
    {
      ...common("snapshot", version, expires["snapshot"]),
      meta: { "targets.json": { version, length: targetsFile.length, hashes: { sha256: sha256(targetsFile) } } },
    },
    by.snapshot,
  )
  const timestampFile = signed(
    {
      ...common("timestamp", version, expires["timestamp"]),
      meta: { "snapshot.json": { version, length: snapshotFile.length, hashes: { sha256: sha256(snapshotFile) } } },
    },
    by.timestamp,
  )
  return new Map([
    [`${version}.targets.json`, targetsFile],
    [`${version}.snapshot.json`, snapshotFile],
    ["timestamp.json", timestampFile],
  ])
}

export const filesOf =
  (...all: ReadonlyArray<ReadonlyMap<string, Uint8Array>>): TufFiles =>
  (name) =>
    all.findLast((files) => files.has(name))?.get(name) ?? null

export const trusting = (root: Uint8Array): TufState => ({ root, timestamp: 0, snapshot: 0, listed: {} })
