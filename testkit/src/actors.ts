/** Keys and a small valid bundle, as tests of credentials and knowledge need them. */
import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { encodeStatusList } from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { algOf, type RemoteKey, signRaw } from "@assay/jose"
import type { TrustBundle } from "@assay/trust"

export interface Actor {
  readonly did: string
  readonly kid: string
  readonly key: KeyObject
}

export const actor = (alg: "Ed25519" | "ES256" = "Ed25519"): Actor => {
  const { privateKey } =
    alg === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const did = encodeDidKey(publicKeyOf(privateKey))
  return { did, kid: `${did}#${did.slice("did:key:".length)}`, key: privateKey }
}

/** Its key, as one that is asked to sign. */
export const remoteOf = ({ did, key }: Pick<Actor, "did" | "key">): RemoteKey => ({
  did,
  alg: algOf(key),
  sign: async (input) => signRaw(key, input),
})

export const EMPTY_LIST = encodeStatusList(0, [])

export const bundleOf = (issuer: Actor, over: Partial<TrustBundle> = {}): TrustBundle => ({
  version: 1,
  issued: 1_000,
  expires: 2_000_000,
  trustDomain: "https://plant.example/",
  issuers: [
    {
      did: issuer.did,
      credentialTypes: ["AssayDeviceCredential"],
      vendors: ["acme"],
      measurements: ["*"],
      actions: ["telemetry", "event"],
      maxAssurance: "software",
    },
  ],
  operators: [],
  thresholds: { quarantine: 1, release: 1, revoke: 2, "breaker-override": 2 },
  statusLists: [
    {
      id: "https://acme.example/status/1",
      purpose: "revocation",
      issuer: issuer.did,
      encodedList: EMPTY_LIST,
      issued: 1_000,
      maxAgeMs: 60_000,
    },
  ],
  firmware: [{ vendor: "acme", class: "pump", digest: "ab".repeat(32), version: "1.0", svn: 1, status: "good" }],
  minimumSvn: { "acme/pump": 1 },
  nextRoots: null,
  ...over,
})
