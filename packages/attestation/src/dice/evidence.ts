/**
 * Evidence of a DICE: a chain of certificates in which each layer says what it measured of the next one, and a signature over the
 * challenge by the key of the last layer. A key of the chain is the key of the DID.
 */
import { verify } from "node:crypto"
import { list, object, oneOf, type ValueOf } from "@assay/jose/shape"
import { collected, type Measured, measured, SLOT } from "../appraise/measured.ts"
import { algorithmOf, chainUnder, HASH_OF, isKeyOfDid, leafKeyOf, measuredChain } from "../chains/shown.ts"
import type { VerifierOf } from "../evidence/context.ts"
import { bytes, readerOf } from "../evidence/read.ts"
import { type EvidenceRefused, refused } from "../evidence/reason.ts"
import { type Certificate, MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { MAX_CHAIN } from "../x509/chain.ts"
import { MULTI_TCB_INFO, readMultiTcbInfo, readTcbInfo, TCB_INFO, type TcbInfo } from "./tcb-info.ts"

const MAX_SIGNATURE = 512
const UNDERSTOOD: ReadonlySet<string> = new Set([TCB_INFO, MULTI_TCB_INFO])

const shape = object({
  format: oneOf(["dice"]),
  /** Leaf first, DER. */
  chain: list(bytes(MAX_CERTIFICATE_BYTES), MAX_CHAIN, 1),
  /** Over the SHA-256 of the challenge, by the key of the leaf; ECDSA in DER. */
  signature: bytes(MAX_SIGNATURE),
})

export type DiceEvidence = ValueOf<typeof shape>

const infosOf = ({ extensions }: Certificate): ReadonlyArray<TcbInfo> => {
  const [one, many] = [extensions.get(TCB_INFO), extensions.get(MULTI_TCB_INFO)]
  return [
    ...(one === undefined ? [] : [readTcbInfo(one.value)]),
    ...(many === undefined ? [] : readMultiTcbInfo(many.value)),
  ]
}

/** What all layers measured; a layer that is open for others speaks for nothing. */
const layersOf = (
  certificates: ReadonlyArray<Certificate>,
): { readonly measured: ReadonlyArray<Measured> } | EvidenceRefused => {
  const infos = certificates.flatMap(infosOf)
  const open = infos.find(({ flags }) => flags.length > 0)
  if (open !== undefined) return refused("evidence_debug", `a layer is ${open.flags.join(", ")}`)
  const fwids = infos.flatMap(({ fwids: all }) => all)
  return fwids.length === 0
    ? refused("evidence_malformed", "no certificate of the chain has a firmware id (TcbInfo)")
    : { measured: fwids.map((digest) => measured(SLOT.component, digest)) }
}

export const DICE: VerifierOf<DiceEvidence> = {
  format: "dice",
  read: readerOf(shape),
  keyOf: ({ chain }) => leafKeyOf(chain),
  verify: ({ chain, signature }, digest, context) => {
    // Layers issue certificates before there is a clock.
    const found = chainUnder(chain, { format: "dice", understood: UNDERSTOOD, timeless: true }, context)
    if ("reason" in found) return found
    const { leaf, certificates } = found
    if (!verify(HASH_OF[algorithmOf(leaf.key)!], digest, leaf.key, signature))
      return refused("evidence_not_fresh", "the key of the leaf did not sign this challenge")
    if (!certificates.some(({ key }) => isKeyOfDid(key, context.device)))
      return refused("evidence_key_mismatch", "no key of the chain is the one of the device's DID")
    const layers = layersOf(certificates)
    if ("reason" in layers) return layers
    return { measured: collected([...layers.measured, ...measuredChain(found)]), counters: null }
  },
}
