/** The keys of an issuer whose DID is no key, from the file that it publishes. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Documents, keyOf } from "@assay/credentials"
import { hasDocument, keysOf, methodOf, verifyWeb, verifyWebvh } from "@assay/did-document"
import { UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import type { OpenKey } from "../keys.ts"

type Read = ReturnType<typeof verifyWeb> | ReturnType<typeof verifyWebvh>

const read = (did: string, file: string): Read => {
  const bytes = readInput(file, "the document")
  if (methodOf(did) !== "webvh") return verifyWeb(did, bytes)
  // Published beside the log by the method.
  const witness = join(dirname(file), "did-witness.json")
  const proofs = existsSync(witness) ? readInput(witness, "the witnesses' proofs") : null
  return verifyWebvh({ did, log: bytes, witness: proofs, at: Date.now() })
}

/**
 * What checks signatures of this issuer: undefined for a DID that is its key. The file is read once.
 * @param file `did.json`, or the log of a did:webvh with its `did-witness.json` beside it; null where the call names none
 * @throws UsageError where the file is needed and not there, is of another DID, or does not list the key that the call signs with
 */
export const issuerDocuments = (
  { did, kid, alg }: Pick<OpenKey, "did" | "kid" | "alg">,
  file: string | null,
): Documents | undefined => {
  if (!hasDocument(did)) {
    if (file !== null) throw new UsageError(`--document: ${did} is its key, and has no document`)
    return undefined
  }
  if (file === null)
    throw new UsageError(`--issuer is ${did}: name the document that it publishes, --document did.json or did.jsonl`)
  const found = read(did, file)
  if ("reason" in found) throw new UsageError(`${file}: ${found.detail}`)
  const keys = keysOf(found.document, new Set("names" in found ? found.names : [did]))
  if ("reason" in keys) throw new UsageError(`${file}: ${keys.detail}`)
  const deactivated = "deactivated" in found && found.deactivated
  const documents: Documents = (asked) => {
    if (asked !== did) return null
    // A key that has ended signs nothing that counts, so what it signed is not renewed by a machine.
    const open = keys.filter(({ until }) => until === null || until > Date.now())
    const body = { did, number: 0, deactivated, keys: open, attesters: [] }
    return { hash: "", version: 0, expires: Number.POSITIVE_INFINITY, body }
  }
  const own = keyOf({ header: { alg, kid } }, did, documents)
  if ("detail" in own) throw new UsageError(`${file}: ${own.detail}`)
  return documents
}
