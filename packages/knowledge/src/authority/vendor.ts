/**
 * The authority over one vendor's firmware: a key that the bundle in force names among its `references`, for that vendor. Nothing is
 * read before one of those keys has signed it.
 */
import type { OpenContext, Refused } from "../kind.ts"
import { refuse, signedByRoots } from "./roots.ts"

/** @param read gives the body of a payload, or why it is refused. Pure; never throws */
export const signedForVendor = <Body extends { readonly vendor: string }>(
  bytes: Uint8Array,
  payloadType: string,
  { bundle }: OpenContext,
  read: (payload: Uint8Array) => { readonly body: Body } | Refused,
): { readonly body: Body } | Refused => {
  const signers = bundle?.body.references ?? []
  if (signers.length === 0)
    return refuse("control.knowledge_unsigned", "the bundle in force names nobody who signs reference values")
  const signedBy = (dids: ReadonlyArray<string>) => signedByRoots(bytes, payloadType, { roots: dids, threshold: 1 })
  const signed = signedBy(signers.map(({ did }) => did))
  if ("reasons" in signed) return signed
  const found = read(signed.payload)
  if ("reasons" in found) return found
  const { vendor } = found.body
  const entitled = signers.filter(({ vendors }) => vendors.includes(vendor) || vendors.includes("*"))
  if (entitled.length === 0 || "reasons" in signedBy(entitled.map(({ did }) => did)))
    return refuse("control.knowledge_unsigned", `the signer may not sign reference values of ${vendor}`)
  return found
}
