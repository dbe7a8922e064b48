/** Public keys of makers, as their tools write them: PEM (SubjectPublicKeyInfo or a certificate). */
import { createPublicKey, type KeyObject } from "node:crypto"
import { UsageError } from "../command.ts"
import { readInput } from "../files.ts"

/** @param list paths with commas between them. @throws UsageError that names the file */
export const makersKeys = (list: string): ReadonlyArray<KeyObject> =>
  list.split(",").map((path) => {
    const bytes = readInput(path, "the maker's public key")
    try {
      return createPublicKey(bytes)
    } catch {
      throw new UsageError(`${path} is no public key in PEM`)
    }
  })
