/** What a resolver tells of itself while it works, for metrics and for people. Nothing here is waited for. */
import { methodOf } from "@assay/did-document"
import type { UnavailableReason } from "@assay/knowledge"
import type { Asked } from "../schedule/schedule.ts"

/** What a look for a document came to: it was found, or why it was not. */
export type LookOutcome = "found" | UnavailableReason

export interface Watch {
  /** @param method of the DID @param seconds that the look took */
  readonly looked: (method: string, outcome: LookOutcome, seconds: number) => void
  /** A device was turned away for want of its document. */
  readonly asked: (outcome: Asked) => void
  /** @param kind of knowledge */
  readonly handedIn: (kind: string) => void
  /**
   * Something was found and could not be handed in, or too few vouch; or what is renewed though nobody asks for it (the document of an
   * issuer or operator, a status list, the answers of a registry) could not be had.
   */
  readonly failed: (kind: string) => void
}

const nothing = (): void => undefined
export const NOBODY_WATCHES: Watch = { looked: nothing, asked: nothing, handedIn: nothing, failed: nothing }

/** What a resolver has under way; counts are as of now. */
export interface ResolverState {
  /** DIDs of devices and signers, signers among them, status lists and registries that are followed. */
  readonly dids: number
  readonly signers: number
  readonly lists: number
  readonly registries: number
  /** Looks that are under way. */
  readonly looking: number
  /** For how long the look that is due first has been due, milliseconds. */
  readonly behindMs: number
  /** Looks that waited for the budget of a host, since the start. */
  readonly hostWaits: number
}

/** Methods as metrics name them: the DIDs of strangers make no series. */
const METHODS: ReadonlySet<string> = new Set(["web", "webvh", "ethr"])
export const methodLabel = (did: string): string => {
  const method = methodOf(did) ?? "other"
  return METHODS.has(method) ? method : "other"
}
