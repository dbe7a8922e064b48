/**
 * The URL of a key at a remote signer. What follows `#` stays here: `token-file` holds the bearer token, `cert-file` and `key-file`
 * a client certificate, `ca-file` the authority of the signer; all PEM or one line. Either a token or a certificate is needed.
 */
import { KeyError } from "../signer.ts"

export interface RemoteReference {
  readonly kind: "remote"
  /** Without the fragment. */
  readonly url: string
  readonly tokenFile: string | null
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
}

const NAMES = ["token-file", "ca-file", "cert-file", "key-file"] as const
const MAX_URL = 2_048

/** @throws KeyError */
const decoded = (name: string, value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new KeyError(`${name} is not percent-encoded UTF-8`)
  }
}

/** @throws KeyError */
export const parseRemote = (text: string): RemoteReference => {
  if (text.length > MAX_URL || !URL.canParse(text)) throw new KeyError("a remote signer is named by an https: URL")
  const url = new URL(text)
  if (url.username !== "" || url.password !== "" || url.search !== "")
    throw new KeyError("the URL of a remote signer has no user, no password and no query: name files behind #")
  const found = new Map<string, string>()
  for (const part of url.hash.length > 1 ? url.hash.slice(1).split("&") : []) {
    const [name = "", value = ""] = part.split("=", 2)
    if (!(NAMES as ReadonlyArray<string>).includes(name) || value === "" || found.has(name))
      throw new KeyError(
        `behind # of a remote signer stand ${NAMES.join(", ")}, each once, not ${JSON.stringify(part)}`,
      )
    found.set(name, decoded(name, value))
  }
  url.hash = ""
  const at = (name: (typeof NAMES)[number]): string | null => found.get(name) ?? null
  const [tokenFile, certFile, keyFile] = [at("token-file"), at("cert-file"), at("key-file")]
  if ((certFile === null) !== (keyFile === null)) throw new KeyError("cert-file and key-file belong together")
  if (tokenFile === null && certFile === null)
    throw new KeyError("a remote signer must know who asks: name #token-file=PATH, or cert-file and key-file")
  return { kind: "remote", url: url.href.replace(/\/$/, ""), tokenFile, caFile: at("ca-file"), certFile, keyFile }
}
