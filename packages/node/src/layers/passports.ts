/**
 * Passports: issued beside the runners to devices that are trusted, and the routes by which devices get them. It only reads, but
 * for its own stream, so no stage waits for it, and no verdict rests on what it does.
 */
import { passportRoutes } from "@assay/ingress"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { openFormer } from "../log/former.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { openKey } from "./key.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"
import { Stop } from "./stop.ts"

export const passportsLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { passportKey, passportFormer, roots, log: config } = yield* Config
    if (passportKey === null) return
    const log = yield* LogPort
    const { emit } = yield* Events
    const { release } = yield* Stop
    // Loaded where it is needed: most processes issue none.
    const { isHolder, startIssuer } = yield* Effect.promise(() => import("@assay/passport-issuer"))
    const signer = yield* openKey(passportKey, "the key of the passport issuer")
    const former = yield* Effect.acquireRelease(
      attempt(() => openFormer(log, config, passportFormer, ["passport-issuer"])),
      (logs) => release("the former epochs", async () => void (await Promise.all(logs.map((one) => one.close())))),
    )
    const onProblem = (message: string, cause: unknown): void => emit({ code: "passports.problem", message, cause })
    const issuer = yield* Effect.acquireRelease(
      Effect.sync(() => startIssuer({ log, former, roots, signer, onProblem })),
      (running) => release("the passport issuer", () => running.stop()),
    )
    yield* giveRoutes(
      "passports",
      passportRoutes({
        passport: (did) => issuer.passport(did),
        isHolder: (proof, did) => {
          const domain = issuer.trustDomain()
          return domain !== null && isHolder(proof, did, domain, Date.now(), issuer.listedKey)
        },
        snapshot: (nonce) => issuer.snapshot(nonce),
        policy: (zone) => issuer.policy(zone),
      }),
    )
  }),
)
