/**
 * Which key `DID#NAME` means: by the documents that were in force on this log, the newest as well as those before it. A name is no key: the
 * next version of a document may give it to another one, and what is revoked is the key.
 */
import { encodeDidKey, keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { bodiesOf } from "@assay/engine"
import { dssePayload } from "@assay/jose"
import { DID_DOCUMENT, readDidDocument, SIGNER_DOCUMENT } from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { controlDetailOf, documentKeyTarget } from "@assay/trust"
import { UsageError } from "../command.ts"
import { recordsOf } from "../open-log.ts"

/** What a call names: a document, and what follows `#`. */
export interface NamedKey {
  readonly did: string
  readonly name: string
}

/** The key ids that each name had, in the documents of a DID that came into force. */
type Listed = ReadonlyMap<string, ReadonlySet<string>>

/** Of devices and of signers alike: either lies on the home partition of its DID. */
const listedBy = async (log: Log, did: string): Promise<Listed> => {
  const partition = partitionOf(did, log.partitions)
  const bodies = bodiesOf(log, partition)
  const found = new Map<string, Set<string>>()
  for await (const { value } of recordsOf(log, STREAMS.audit, partition)) {
    const event = readable(() => decodeAudit(value))
    const what = event === null ? null : controlDetailOf(event)
    if (event?.count !== 1 || what?.kind !== "activation") continue
    if (what.item !== DID_DOCUMENT && what.item !== SIGNER_DOCUMENT.name) continue
    const body = await bodies.get(what.hash)
    const payload = body === null ? null : dssePayload(body)
    const read = payload === null ? null : readDidDocument(payload)
    if (read === null || "problem" in read || read.body.did !== did) continue
    for (const key of read.body.keys)
      found.set(key.fragment, (found.get(key.fragment) ?? new Set()).add(encodeDidKey(key)))
  }
  return found
}

const namesIn = (listed: Listed): string =>
  listed.size === 0
    ? "no document of it was in force on this log"
    : `its documents list ${[...listed.keys()].map((name) => `#${name}`).join(", ")}`

/**
 * The target that operators sign.
 * @throws UsageError where the name is no key's, or was that of several
 */
export const documentKeyNamed = async (log: Log, { did, name }: NamedKey): Promise<string> => {
  if (name.startsWith("did:")) {
    const key = resolveDeviceKey(name)
    if ("reason" in key) throw new UsageError(`${did}#${name} names no key: ${key.detail}`)
    return documentKeyTarget({ did, keyId: keyIdOfDid(name) })
  }
  const listed = await listedBy(log, did)
  const [keyId, ...others] = listed.get(name) ?? []
  if (keyId === undefined)
    throw new UsageError(
      `${did} has no key #${name}: ${namesIn(listed)}. A key can be named by itself: '${did}#did:key:...'`,
    )
  if (others.length > 0)
    throw new UsageError(
      `#${name} was the name of ${others.length + 1} keys of ${did}: say which, as one of ${[keyId, ...others]
        .map((one) => `'${documentKeyTarget({ did, keyId: one })}'`)
        .join(", ")}`,
    )
  return documentKeyTarget({ did, keyId })
}
