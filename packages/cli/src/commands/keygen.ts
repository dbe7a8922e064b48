/** `assay keygen`: a new key and its DID, in a file or in a token. */

import { parsePkcs11Uri } from "@assay/signing"
import { chosen } from "../choice.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import { generateKey, withKey, writeKey, writeReference } from "../keys.ts"

export const keygen: Command = {
  name: "keygen",
  summary: "make a key, and the DID that it speaks for",
  usage: "keygen --out FILE [--alg Ed25519|ES256] [--method key|jwk] [--pkcs11 URI]",
  details: `The file holds the private key: only its owner may read it. It is never overwritten. With --pkcs11 the key is made in a
token, which does not give it out, and the file says where it lies (docs/guides/keys.md). With --of it makes none, and prints the DID
of one that is there.`,
  takes: 0,
  options: {
    out: { type: "string", value: "FILE", help: "where the key file goes" },
    alg: { type: "string", value: "ALG", default: "Ed25519", help: "Ed25519 or ES256" },
    method: { type: "string", value: "METHOD", default: "key", help: "key (did:key) or jwk (did:jwk)" },
    of: { type: "string", value: "KEY", help: "print the DID of this key: a file, a pkcs11: URI, an https: URL" },
    pkcs11: { type: "string", value: "URI", help: "make it in this token, under the label object= (RFC 7512)" },
  },
  run: async (given, output) => {
    const of = given.text("of")
    if (of !== null) {
      const key = await withKey(of, async ({ did, alg }) => ({ did, alg }))
      output.result(key, () => output.say(key.did))
      return EXIT.ok
    }
    const out = given.required("out")
    const alg = chosen(given, "alg", ["Ed25519", "ES256"])
    const method = chosen(given, "method", ["key", "jwk"])
    const uri = given.text("pkcs11")
    if (uri !== null && parsePkcs11Uri(uri).label === null)
      throw new UsageError("--pkcs11: name the new key's label: object=LABEL")
    let did: string
    try {
      if (uri !== null) did = await writeReference(out, uri, alg, method)
      else did = writeKey(out, generateKey(alg), method)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === "EEXIST") throw new UsageError(`${out} is there already; a key is never overwritten`)
      if (code === undefined) throw cause
      throw new UsageError(`${out} cannot be written: ${fileProblem(cause)}; its directory must be there`)
    }
    output.result({ did, alg, file: out }, () => output.say(did))
    return EXIT.ok
  },
}
