/** Opens the key that a reference names. */

import { checkedSigner } from "../checked.ts"
import { type KeyOfFile, readKeyFile } from "../file.ts"
import { signerOfKey } from "../key.ts"
import { openPkcs11 } from "../pkcs11/open.ts"
import { openRemote } from "../remote/client.ts"
import { KeyError, type OpenSigner } from "../signer.ts"
import { type FileReference, type KeyReference, parseKeyReference } from "./parse.ts"

const nothing = async (): Promise<void> => undefined

/** A key in a token or at a service, with the DID that a file demands. */
interface Elsewhere {
  readonly did: string | null
  readonly reference: Exclude<KeyReference, FileReference>
}

/** What a reference comes to: the key itself, or where it lies. A file refers to a token or a service, never to another file. */
const resolved = (text: string): KeyOfFile | Elsewhere => {
  const reference = parseKeyReference(text)
  if (reference.kind !== "file") return { did: null, reference }
  const file = readKeyFile(reference.path)
  if (!("reference" in file)) return file
  const further = parseKeyReference(file.reference)
  if (further.kind === "file")
    throw new KeyError(`${reference.path} refers to a file, and must hold the key or say where it lies`)
  return { did: file.did, reference: further }
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
  const found = resolved(text)
  // Read once: standard input has it no second time.
  if ("key" in found) return checkedSigner(signerOfKey(found.key), found.did, nothing)
  const { reference, did } = found
  return reference.kind === "pkcs11" ? openPkcs11(reference, did) : openRemote(reference, did)
}
