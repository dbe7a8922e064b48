/** Opens the key that a reference names. */

import { checkedSigner } from "../checked.ts"
import { readKeyFile } from "../file.ts"
import { signerOfKey } from "../key.ts"
import { openPkcs11 } from "../pkcs11/open.ts"
import { openRemote } from "../remote/client.ts"
import { KeyError, type OpenSigner } from "../signer.ts"
import { type KeyReference, parseKeyReference } from "./parse.ts"

const nothing = async (): Promise<void> => undefined

/** What a reference comes to, with the DID that a file demands. A file refers to a token or a service, never to another file. */
const resolved = (text: string): { readonly reference: KeyReference; readonly did: string | null } => {
  const reference = parseKeyReference(text)
  if (reference.kind !== "file") return { reference, did: null }
  const file = readKeyFile(reference.path)
  if (!("reference" in file)) return { reference, did: file.did }
  const further = parseKeyReference(file.reference)
  if (further.kind === "file")
    throw new KeyError(`${reference.path} refers to a file, and must hold the key or say where it lies`)
  return { reference: further, did: file.did }
}

/**
 * Reads a reference and, of a file, all that it holds; reaches no token and no service.
 * @throws KeyError that says what is wrong
 */
export const checkKeyReference = (text: string): void => {
  resolved(text)
}

/**
 * The signer of a reference. Its signatures are verified before they are given away.
 * @throws KeyError what is referred to is not there, or is another key
 * @throws KeyUnreachableError token or service do not answer
 */
export const openSigner = async (text: string): Promise<OpenSigner> => {
  const { reference, did } = resolved(text)
  if (reference.kind === "pkcs11") return openPkcs11(reference, did)
  if (reference.kind === "remote") return openRemote(reference, did)
  const file = readKeyFile(reference.path)
  if ("reference" in file) throw new KeyError(`${reference.path} was changed while it was read`)
  return checkedSigner(signerOfKey(file.key), file.did, nothing)
}
