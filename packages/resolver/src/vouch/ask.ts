/** Asking other resolvers to vouch, until as many have signed as the bundle asks for. */
import { dsseVerify } from "@assay/jose"

/** Hands an envelope to another resolver. @returns its envelope of the same payload. @throws where it does not vouch */
export type Peer = (envelope: Uint8Array) => Promise<Uint8Array>

/** Too few vouch: it is tried again later. */
export class TooFewVouch extends Error {
  override readonly name = "TooFewVouch"
}

interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: ReadonlyArray<{ readonly keyid: string; readonly sig: string }>
}

const read = (envelope: Uint8Array): Envelope => JSON.parse(Buffer.from(envelope).toString("utf8")) as Envelope

/**
 * The envelope with the signatures of as many resolvers as are needed. What a peer sends counts by its signature over the very
 * payload, and in no other way.
 * @param own signed by this resolver
 * @param type the DSSE payload type of what is signed
 * @param dids the resolvers of the bundle
 * @throws TooFewVouch
 */
export const gatherVouches = async (
  own: Uint8Array,
  type: string,
  needed: number,
  dids: ReadonlyArray<string>,
  peers: ReadonlyArray<Peer>,
): Promise<Uint8Array> => {
  const envelope = read(own)
  const signatures = [...envelope.signatures]
  const problems: Array<string> = []
  const answers = await Promise.allSettled(peers.map((peer) => peer(own)))
  for (const answer of answers) {
    if (answer.status === "rejected") {
      problems.push((answer.reason as Error).message)
      continue
    }
    const opened = dsseVerify(answer.value, type, { roots: dids, threshold: 1 })
    if ("reason" in opened || Buffer.from(opened.payload).toString("base64") !== envelope.payload) {
      problems.push("reason" in opened ? opened.detail : "it signed another payload")
      continue
    }
    for (const one of read(answer.value).signatures)
      if (opened.signers.includes(one.keyid) && !signatures.some(({ keyid }) => keyid === one.keyid))
        signatures.push(one)
  }
  const merged = Buffer.from(JSON.stringify({ ...envelope, signatures: signatures.slice(0, needed) }))
  const whole = dsseVerify(merged, type, { roots: dids, threshold: needed })
  if (!("reason" in whole)) return merged
  throw new TooFewVouch(
    `${signatures.length} of ${needed} resolvers vouch${problems.length === 0 ? "" : `: ${problems.join("; ")}`}`,
  )
}
