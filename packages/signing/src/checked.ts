/**
 * A signer whose every signature is verified under its own DID before anybody sees it, with a bound on what is asked at once. A token or
 * a service that gives another key's signature, or a wrong one, must not get it into a log that is never rewritten.
 */
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { VALID, verifierInPlace } from "@assay/jose/verify"
import { KeyError, KeyUnreachableError, type OpenSigner, type Signer } from "./signer.ts"

/** Calls that wait for a key at once. More are refused: whoever signs tries again. */
export const MAX_WAITING = 256

/**
 * @param did of the key, as those who refer to it expect; null: as the key itself says
 * @throws KeyError where the key is another than the expected one
 */
export const checkedSigner = (signer: Signer, did: string | null, close: () => Promise<void>): OpenSigner => {
  const name = did ?? signer.did
  const key = resolveDeviceKey(name)
  if ("reason" in key) throw new KeyError(`${name}: ${key.detail}`)
  if (keyIdOfDid(signer.did) !== keyIdOfDid(name))
    throw new KeyError(`the key is that of ${signer.did}, and ${name} was expected`)
  // Keeps the imported key: importing costs as much as half a verification.
  const verify = verifierInPlace({ keys: 1 })
  let waiting = 0
  let isClosed = false
  return {
    did: name,
    alg: key.alg,
    sign: async (input) => {
      if (isClosed) throw new KeyUnreachableError(`the key of ${name} is closed`)
      if (waiting >= MAX_WAITING) throw new KeyUnreachableError(`${MAX_WAITING} calls wait for the key of ${name}`)
      waiting += 1
      try {
        const signature = await signer.sign(input)
        if (verify([{ ...key, signingInput: input, signature }])[0] === VALID) return signature
        throw new KeyUnreachableError(`the key of ${name} gave a signature that does not verify`)
      } finally {
        waiting -= 1
      }
    },
    close: async () => {
      isClosed = true
      await close()
    },
  }
}
