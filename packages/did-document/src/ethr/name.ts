/** Names of did:ethr (did:ethr method specification, "Method Specific Identifier"): an address on a network. */
import { parseDid } from "@assay/did"

export interface EthrName {
  /** As the DID has it: a name, or the id of a chain in hex; `mainnet` where it has none. */
  readonly network: string
  /** `0x` and 40 hex digits, in lower case. */
  readonly address: string
}

const NETWORK = /^[a-z0-9][a-z0-9-]{0,31}$/
const ADDRESS = /^0x[0-9a-fA-F]{40}$/

/** Null where it is no did:ethr of an address. The form with a public key is not read: its address names the same DID. */
export const parseEthr = (did: string): EthrName | null => {
  const parsed = parseDid(did)
  if (parsed?.method !== "ethr") return null
  const parts = parsed.id.split(":")
  const [network, address] = parts.length === 1 ? ["mainnet", parts[0]!] : [parts[0]!, parts[1]!]
  if (parts.length > 2 || !NETWORK.test(network) || !ADDRESS.test(address)) return null
  return { network, address: address.toLowerCase() }
}
