/** Signs the lists of a register and writes them where a web server serves them, each whole or not at all. */
import { type ListToSign, signStatusList } from "@assay/credentials"
import type { RemoteKey } from "@assay/jose"
import type { Register, Registered, Status } from "./register.ts"
import type { RegisterList } from "./register-terms.ts"

export interface PublishedList {
  readonly id: string
  readonly file: string
  readonly bytes: number
  /** Places that are set. */
  readonly set: number
}

/** Whole seconds, and later than the lists before: an equal time would be refused as none newer. */
const nextTime = (before: number, now: number): number =>
  Math.max(Math.floor(now / 1_000), Math.floor(before / 1_000) + 1) * 1_000

const VALUES: Readonly<Record<Status, number>> = { valid: 0, revoked: 1, suspended: 2 }

const valuesOf = (
  purpose: ListToSign["purpose"],
  all: Iterable<Registered>,
): ReadonlyArray<readonly [number, number]> =>
  [...all].flatMap(({ index, status }) => {
    if (purpose === "token") return status === "valid" ? [] : [[index, VALUES[status]] as const]
    const sets: Status = purpose === "revocation" ? "revoked" : "suspended"
    return status === sets ? [[index, 1] as const] : []
  })

/**
 * @param now milliseconds since 1970
 * @throws TypeError, RangeError where a list would not be read; what the key throws
 */
export const publishLists = async (
  register: Register,
  issuer: RemoteKey,
  now: number,
): Promise<ReadonlyArray<PublishedList>> => {
  const { format, lists, entries, ttlMs, lastsMs, issued: before } = register.terms
  const issued = nextTime(before, now)
  const expires = issued + lastsMs
  const signed: Array<PublishedList> = []
  const files: Array<readonly [list: RegisterList, bytes: Uint8Array]> = []
  for (const one of lists) {
    const { id, purpose, file } = one
    const values = valuesOf(purpose, register.all)
    const list: ListToSign = { format, id, purpose, issued, expires, ttlMs, entries, size: 2, values }
    const bytes = await signStatusList(list, issuer)
    files.push([one, bytes])
    signed.push({ id, file: register.publicPath(file), bytes: bytes.length, set: values.length })
  }
  // Before they are out: after a crash the next ones are later all the same.
  await register.signedAt(issued)
  for (const [list, bytes] of files) await register.publish(list, bytes)
  return signed
}
