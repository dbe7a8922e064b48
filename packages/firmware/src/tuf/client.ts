/**
 * The state of a TUF repository, as a client of the specification takes it (version 1.0.33, section 5): from the root that was trusted
 * before, one version after the other, to the newest; then timestamp, snapshot and targets. Nothing older than what was trusted
 * before is taken, nothing that has expired, and nothing that does not belong together. Pure: files come by their names.
 */
import { createHash } from "node:crypto"
import { FirmwareError } from "../error.ts"
import { checkThreshold, type Metadata, type Opened, type Role, type Root, readMetadata } from "./metadata.ts"

/** What is kept between two looks at a repository. */
export interface TufState {
  /** The root that is trusted: its bytes. */
  readonly root: Uint8Array
  /** The versions that were seen; 0: none. */
  readonly timestamp: number
  readonly snapshot: number
  /** Of each file that a snapshot listed. */
  readonly listed: Readonly<Record<string, number>>
}

/** The bytes of a metadata file; null where there is none. */
export type TufFiles = (name: string) => Uint8Array | null

export interface TufRepository {
  readonly state: TufState
  readonly targets: Metadata<"targets">["targets"]
}

/** Roots from one to the next at most; the specification asks for a bound. */
const MAX_ROOTS = 256

const missing = (file: string): FirmwareError =>
  new FirmwareError("firmware.tuf_missing", `the repository has no ${file}`)

const older = (file: string, found: number, before: number): FirmwareError =>
  new FirmwareError("firmware.tuf_rollback", `${file} is version ${found}, and version ${before} was trusted before`)

const mixed = (what: string): FirmwareError => new FirmwareError("firmware.tuf_mixed", what)

/** @param now milliseconds since 1970 */
const checkExpiry = ({ body }: Opened<Role>, file: string, now: number): void => {
  const { expires } = body as { readonly expires: string }
  const at = Date.parse(expires)
  if (!(at > now)) throw new FirmwareError("firmware.tuf_expired", `${file} expired at ${expires}`)
}

interface NewestRoot {
  readonly bytes: Uint8Array
  readonly opened: Opened<"root">
  /** The keys of timestamp or snapshot are others than those of the root that was trusted before. */
  readonly isRotated: boolean
}

const signersOf = ({ roles, keys }: Root): string =>
  JSON.stringify(
    [roles.timestamp, roles.snapshot].map(({ keyids }) => keyids.map((id) => keys[id]?.keyval.public ?? id).toSorted()),
  )

/** Section 5.3: each root is signed by a threshold of the one before it and by its own. */
const newestRoot = (files: TufFiles, trusted: Uint8Array): NewestRoot => {
  let bytes = trusted
  let opened = readMetadata("root", trusted, "the trusted root")
  checkThreshold(opened, opened.body, "root", "the trusted root")
  const signers = signersOf(opened.body)
  for (let steps = 0; ; steps++) {
    const version = opened.body.version + 1
    const file = `${version}.root.json`
    const next = files(file)
    if (next === null) return { bytes, opened, isRotated: signersOf(opened.body) !== signers }
    if (steps === MAX_ROOTS)
      throw new FirmwareError("firmware.unsupported", `more than ${MAX_ROOTS} roots follow the trusted one`)
    const found = readMetadata("root", next, file)
    checkThreshold(found, opened.body, "root", `${file} (by the keys of version ${opened.body.version})`)
    checkThreshold(found, found.body, "root", file)
    if (found.body.version !== version)
      throw new FirmwareError("firmware.tuf_rollback", `${file} says that it is version ${found.body.version}`)
    bytes = next
    opened = found
  }
}

interface Listed {
  readonly version: number
  readonly length?: number | undefined
  readonly hashes?: Readonly<Record<string, string>> | undefined
}

/** The file that other metadata names, and no other state of it. */
const fileOf = (
  files: TufFiles,
  name: string,
  listed: Listed,
  root: Root,
  by: string,
): { readonly bytes: Uint8Array; readonly file: string } => {
  const file = root.consistent_snapshot === true ? `${listed.version}.${name}` : name
  const bytes = files(file)
  if (bytes === null) throw missing(file)
  if (listed.length !== undefined && listed.length !== bytes.length)
    throw mixed(`${file} has ${bytes.length} bytes, and ${by} lists it with ${listed.length}`)
  for (const algorithm of ["sha256", "sha512"]) {
    const wanted = listed.hashes?.[algorithm]
    if (wanted !== undefined && createHash(algorithm).update(bytes).digest("hex") !== wanted)
      throw mixed(`${file} is not the file whose ${algorithm} ${by} lists`)
  }
  return { bytes, file }
}

const checkVersion = (found: number, { version }: Listed, file: string, by: string): void => {
  if (found !== version) throw mixed(`${file} is version ${found}, and ${by} lists version ${version}`)
}

/**
 * @param now milliseconds since 1970
 * @throws FirmwareError: `firmware.tuf_*`, or what is wrong with the form of a file
 */
export const readRepository = (files: TufFiles, trusted: TufState, now: number): TufRepository => {
  const { bytes: rootBytes, opened: root, isRotated } = newestRoot(files, trusted.root)
  checkExpiry(root, "the newest root", now)
  // Whoever stole those keys may have signed versions without end: other keys begin anew (section 5.3.11).
  const before = isRotated ? { ...trusted, timestamp: 0, snapshot: 0, listed: {} } : trusted

  const timestampBytes = files("timestamp.json")
  if (timestampBytes === null) throw missing("timestamp.json")
  const timestamp = readMetadata("timestamp", timestampBytes, "timestamp.json")
  checkThreshold(timestamp, root.body, "timestamp", "timestamp.json")
  if (timestamp.body.version < before.timestamp) throw older("timestamp.json", timestamp.body.version, before.timestamp)
  const ofSnapshot = timestamp.body.meta["snapshot.json"]
  if (ofSnapshot === undefined) throw mixed("timestamp.json lists no snapshot.json")
  if (ofSnapshot.version < before.snapshot)
    throw older("the snapshot.json that timestamp.json lists", ofSnapshot.version, before.snapshot)
  checkExpiry(timestamp, "timestamp.json", now)

  const { bytes: snapshotBytes, file: snapshotFile } = fileOf(
    files,
    "snapshot.json",
    ofSnapshot,
    root.body,
    "timestamp.json",
  )
  const snapshot = readMetadata("snapshot", snapshotBytes, snapshotFile)
  checkThreshold(snapshot, root.body, "snapshot", snapshotFile)
  checkVersion(snapshot.body.version, ofSnapshot, snapshotFile, "timestamp.json")
  for (const [name, version] of Object.entries(before.listed)) {
    const found = snapshot.body.meta[name]
    if (found === undefined) throw new FirmwareError("firmware.tuf_rollback", `${snapshotFile} lists ${name} no more`)
    if (found.version < version) throw older(`${name} in ${snapshotFile}`, found.version, version)
  }
  checkExpiry(snapshot, snapshotFile, now)

  const ofTargets = snapshot.body.meta["targets.json"]
  if (ofTargets === undefined) throw mixed(`${snapshotFile} lists no targets.json`)
  const { bytes: targetsBytes, file: targetsFile } = fileOf(files, "targets.json", ofTargets, root.body, snapshotFile)
  const targets = readMetadata("targets", targetsBytes, targetsFile)
  checkThreshold(targets, root.body, "targets", targetsFile)
  checkVersion(targets.body.version, ofTargets, targetsFile, snapshotFile)
  checkExpiry(targets, targetsFile, now)
  if (targets.body.delegations !== undefined && Object.keys(targets.body.delegations).length > 0)
    throw new FirmwareError(
      "firmware.unsupported",
      `${targetsFile} delegates to other roles: only its own targets are read`,
    )

  const listed = Object.fromEntries(Object.entries(snapshot.body.meta).map(([name, { version }]) => [name, version]))
  return {
    state: { root: rootBytes, timestamp: timestamp.body.version, snapshot: snapshot.body.version, listed },
    targets: targets.body.targets,
  }
}
