/**
 * The authority of resolvers, whose keys are online: a bundle names them, and what they sign says only that a document was
 * published at a time, or could not be had. The proof of what it says is the method's own; where a method has none (did:web), as
 * many resolvers sign as the bundle asks for.
 */
import { keyIdOfDid } from "@assay/did"
import { methodOf } from "@assay/did-document"
import { dsseVerify } from "@assay/jose"
import type { TrustBundle } from "@assay/trust"
import type { OpenContext, Refused } from "../kind.ts"
import { refuse } from "./roots.ts"

export interface ByResolvers {
  readonly payload: Uint8Array
  /** Key ids of the resolvers that signed, each once. */
  readonly resolvers: ReadonlyArray<string>
}

const resolversOf = (bundle: TrustBundle | undefined): ReadonlyArray<string> => bundle?.resolvers?.dids ?? []

/** The payload of an envelope that a resolver of the bundle signed, or several. Never throws. */
export const signedByResolvers = (
  envelope: Uint8Array,
  payloadType: string,
  { bundle }: OpenContext,
): ByResolvers | Refused => {
  const dids = resolversOf(bundle?.body)
  if (dids.length === 0) return refuse("control.knowledge_unsigned", "the bundle in force names no resolver")
  const opened = dsseVerify(envelope, payloadType, { roots: dids, threshold: 1 })
  if ("reason" in opened)
    return refuse(
      opened.reason === "malformed" || opened.reason === "type"
        ? "control.knowledge_malformed"
        : "control.knowledge_unsigned",
      opened.detail,
    )
  return { payload: opened.payload, resolvers: opened.signers.map(keyIdOfDid) }
}

/** How many resolvers must say so where the method has no proof of its own; null: none of it is taken. */
export const resolversNeeded = ({ bundle }: OpenContext): number | null => bundle?.body.resolvers?.web ?? null

/** Whether documents of this DID's method are taken as a Universal Resolver gives them. */
export const isUniversal = (did: string, { bundle }: OpenContext): boolean =>
  bundle?.body.resolvers?.universal?.includes(methodOf(did) ?? "") ?? false

/** Whether the bundle takes what a registry (ERC-1056) says for a network of did:ethr. */
export const isEthrRegistry = (
  { network, chain, registry }: { readonly network: string; readonly chain: number; readonly registry: string },
  { bundle }: OpenContext,
): boolean =>
  bundle?.body.resolvers?.ethr?.some(
    (one) => one.network === network && one.chain === chain && one.registry === registry,
  ) ?? false
