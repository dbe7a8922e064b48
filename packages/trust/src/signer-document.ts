/**
 * The documents of issuers and operators whose DID is not their key (did:web, did:webvh, did:ethr): items of a kind of their own, which
 * lie on every partition, since their credentials are shown on each.
 */
import { type Active, itemKey, type Knowledge } from "./knowledge.ts"

export const SIGNER_DOCUMENT_KIND = "signer-document"

/** What is in force of the document of a signer; null where nothing is. It may have expired. The body is what its kind opened. */
export const signerDocumentIn = ({ items }: Pick<Knowledge, "items">, did: string): Active<unknown> | null =>
  items.get(itemKey(SIGNER_DOCUMENT_KIND, did)) ?? null
