/** A signer whose key lies in a PKCS#11 token, and a new key there. Keys cannot be taken out; what a token itself is worth, it does not say. */
import type { Algorithm } from "@assay/did"
import { checkedSigner } from "../checked.ts"
import type { OpenSigner } from "../signer.ts"
import { useLibrary } from "./library.ts"
import type { FoundKey } from "./token.ts"
import type { Pkcs11Reference } from "./uri.ts"

/**
 * @param did that the key must have; null: any
 * @throws KeyError, KeyUnreachableError: nothing stays open
 */
export const openPkcs11 = async (reference: Pkcs11Reference, did: string | null): Promise<OpenSigner> => {
  const library = useLibrary(reference)
  try {
    const found = (await library.ask({ kind: "find" })) as FoundKey
    const sign = async (input: Uint8Array): Promise<Uint8Array> =>
      (await library.ask({ kind: "sign", input })) as Uint8Array
    return checkedSigner({ ...found, sign }, did, () => library.close())
  } catch (cause) {
    await library.close()
    throw cause
  }
}

/** Makes a key that cannot be taken out of its token. @returns its DID @throws KeyError, KeyUnreachableError */
export const generateInToken = async (reference: Pkcs11Reference, alg: Algorithm): Promise<string> => {
  const library = useLibrary(reference)
  try {
    return ((await library.ask({ kind: "generate", alg })) as FoundKey).did
  } finally {
    await library.close()
  }
}
