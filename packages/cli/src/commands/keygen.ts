/** `assay keygen`: a new key and its DID. */

import { generateKeyPairSync } from "node:crypto"
import { chosen } from "../choice.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import { writeKey } from "../keys.ts"

export const keygen: Command = {
  name: "keygen",
  summary: "make a key, and the DID that it speaks for",
  usage: "keygen --out FILE [--alg Ed25519|ES256] [--method key|jwk]",
  details: "The file holds the private key: only its owner may read it. It is never overwritten.",
  takes: 0,
  options: {
    out: { type: "string", value: "FILE", help: "where the key file goes" },
    alg: { type: "string", value: "ALG", default: "Ed25519", help: "Ed25519 or ES256" },
    method: { type: "string", value: "METHOD", default: "key", help: "key (did:key) or jwk (did:jwk)" },
  },
  run: async (given, output) => {
    const out = given.required("out")
    const alg = chosen(given, "alg", ["Ed25519", "ES256"])
    const method = chosen(given, "method", ["key", "jwk"])
    const { privateKey } =
      alg === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
    let did: string
    try {
      did = writeKey(out, privateKey, method)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST")
        throw new UsageError(`${out} is there already; a key is never overwritten`)
      throw new UsageError(`${out} cannot be written: ${fileProblem(cause)}; its directory must be there`)
    }
    output.result({ did, alg, file: out }, () => output.say(did))
    return EXIT.ok
  },
}
