/** A device under a did:webvh of the test server, its log, and a world whose bundle names a resolver. */
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { commitTo, createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { type Device, type Identity, identityOf, type World } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { aWorld } from "@assay/testkit/fleet"
import { HOST } from "../fetch/hostile-server.ts"

export const world: World = aWorld("resolver")
export const RESOLVER: Identity = identityOf("resolver", "resolver", "Ed25519", "key")

export const bundle = (): Uint8Array =>
  signBundle({ ...world.bundle, version: 3, resolvers: { dids: [RESOLVER.did] } }, world.roots.slice(0, 2))

const key = (name: string): Identity => identityOf("resolver", name, "Ed25519", "key")

/** @param time of its first version, milliseconds since 1970 */
export const documented = (
  time: number,
  host = HOST,
): { readonly device: Device; readonly did: string; readonly log: string } => {
  const id = `did:webvh:{SCID}:${host}`
  const { did, log } = createWebvh({
    time,
    parameters: { updateKeys: [multikeyOfKey(key("update").key)], nextKeyHashes: [commitTo(key("next").key)] },
    state: {
      id,
      verificationMethod: [
        {
          id: `${id}#one`,
          type: "Multikey",
          controller: id,
          publicKeyMultibase: encodeDidKey(publicKeyOf(key("device").key)).slice("did:key:".length),
        },
      ],
      assertionMethod: [`${id}#one`],
      authentication: [`${id}#one`],
    },
    key: key("update").key,
  })
  return { device: world.deviceAs({ ...key("device"), did, kid: `${did}#one` }, "documented"), did, log }
}
