/** A key of the configuration, open for as long as what signs with it. */
import { openSigner, type Signer } from "@assay/signing"
import * as Effect from "effect/Effect"
import { attempt } from "../errors.ts"
import { Stop } from "./stop.ts"

/** @param key a reference (`@assay/signing`), or the signer itself, which its owner closes */
export const openKey = Effect.fn(function* (key: string | Signer, what: string) {
  if (typeof key !== "string") return key
  const { release } = yield* Stop
  return yield* Effect.acquireRelease(
    attempt(() => openSigner(key)),
    (signer) => release(what, () => signer.close()),
  )
})
