/**
 * How a key is referred to, the same everywhere: in settings, on the command line, and in a file that stands for a key.
 *
 *     PATH, file:PATH                  a file of `assay keygen`, or one that holds a reference: {"did", "reference"}
 *     pkcs11:token=...;object=...      a key in a token (RFC 7512)
 *     https://host/path#token-file=... a remote signer (docs/guides/keys.md)
 */

import { type Pkcs11Reference, parsePkcs11Uri } from "../pkcs11/uri.ts"
import { parseRemote, type RemoteReference } from "../remote/reference.ts"
import { KeyError } from "../signer.ts"

export interface FileReference {
  readonly kind: "file"
  readonly path: string
}

export type KeyReference = FileReference | Pkcs11Reference | RemoteReference

/** What a setting or option says that it takes. */
export const KEY_FORM = "a key file of `assay keygen`, a pkcs11: URI, or the https: URL of a remote signer"

/** @throws KeyError that says what is wrong with the reference */
export const parseKeyReference = (text: string): KeyReference => {
  if (text === "") throw new KeyError(`a key is referred to by ${KEY_FORM}`)
  if (text.startsWith("pkcs11:")) return parsePkcs11Uri(text)
  if (text.startsWith("https:")) return parseRemote(text)
  if (text.startsWith("http:"))
    throw new KeyError("a remote signer is asked over https: alone: what it is sent and answers must not be changed")
  return { kind: "file", path: text.startsWith("file:") ? text.slice("file:".length).replace(/^\/\/(?=\/)/, "") : text }
}
