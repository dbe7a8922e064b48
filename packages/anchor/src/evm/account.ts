/** The account that pays: a key of secp256k1 as text. */
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts"
import { AnchorError } from "../error.ts"

/** @throws AnchorError `key` that does not repeat it */
export const accountOf = (key: string): PrivateKeyAccount => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(key))
    throw new AnchorError("key", "the key of an EVM account is 64 hexadecimal digits, with 0x before them")
  return privateKeyToAccount(key as `0x${string}`)
}
