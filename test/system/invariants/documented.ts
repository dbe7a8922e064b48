/** A device whose keys stand in a document (did:webvh), whoever controls that document, and what resolvers sign about it. */

import { encodeDidKey, publicKeyOf } from "@assay/did"
import { appendWebvh, commitTo, createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { publishKnowledge } from "@assay/engine"
import { type Device, type Identity, identityOf, type World } from "@assay/fleet"
import { dsseSign, type JsonObject } from "@assay/jose"
import {
  DID_DOCUMENT_TYPE,
  DID_UNAVAILABLE_TYPE,
  type DidDocumentBody,
  signBundle,
  type Unavailable,
} from "@assay/knowledge"
import type { Driver } from "@assay/testkit/driver"
import { START } from "@assay/testkit/fleet"
import { controlDetailOf, type Origin, type TrustBundle } from "@assay/trust"

const HOUR_MS = 3_600_000
/** How long a document counts after it was seen. */
export const HARD_MS = 72 * HOUR_MS
const NEW = "did:webvh:{SCID}:id.plant.example:devices:one"

/** Resolvers of the bundle. */
export const RESOLVERS = ["first", "second"].map((name) => identityOf("resolvers", name, "Ed25519", "key"))

/** The world's bundle with resolvers, as the roots sign it. @param version above 2, the world's own */
export const bundleWithResolvers = (world: World, change: Partial<TrustBundle> = {}, version = 3): Uint8Array =>
  signBundle(
    { ...world.bundle, version, resolvers: { dids: RESOLVERS.map(({ did }) => did) }, ...change },
    world.roots.slice(0, 2),
  )

const updateKey = (n: number): Identity => identityOf("controller", `update ${n}`, "Ed25519", "key")
const deviceKey = (name: string): Identity =>
  identityOf("controller", name, name.startsWith("p256") ? "ES256" : "Ed25519", "key")

export interface Listed {
  /** Its fragment; the key follows from it. */
  readonly name: string
  readonly more?: JsonObject
}

const listed = (keys: ReadonlyArray<string | Listed>): ReadonlyArray<Listed> =>
  keys.map((key) => (typeof key === "string" ? { name: key } : key))

const documentOf = (did: string, keys: ReadonlyArray<Listed>): JsonObject => ({
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  id: did,
  verificationMethod: keys.map(({ name, more = {} }) => ({
    id: `${did}#${name}`,
    type: "Multikey",
    controller: did,
    publicKeyMultibase: encodeDidKey(publicKeyOf(deviceKey(name).key)).slice("did:key:".length),
    ...more,
  })),
  assertionMethod: keys.map(({ name }) => `${did}#${name}`),
  authentication: keys.map(({ name }) => `${did}#${name}`),
})

/** Who publishes the document. With pre-rotation: each entry is signed by the key that the one before committed to. */
export class Controller {
  readonly did: string
  log: string
  /** Which update key signs the next entry. */
  private next = 1
  private time = START - 86_400

  constructor(keys: ReadonlyArray<string | Listed>) {
    const made = createWebvh({
      time: this.time * 1_000,
      parameters: { updateKeys: [multikeyOfKey(updateKey(0).key)], nextKeyHashes: [commitTo(updateKey(1).key)] },
      state: documentOf(NEW, listed(keys)),
      key: updateKey(0).key,
    })
    this.did = made.did
    this.log = made.log
  }

  /** Publishes a document with these keys. */
  publish(keys: ReadonlyArray<string | Listed>, parameters: JsonObject = {}): void {
    this.log = this.published(keys, parameters)
    this.next += 1
  }

  /** What the next log would be. @param signer the update key that signs; another one than the committed is a thief's */
  published(keys: ReadonlyArray<string | Listed>, parameters: JsonObject = {}, signer = this.next): string {
    this.time += 60
    return appendWebvh(this.log, {
      time: this.time * 1_000,
      parameters: {
        updateKeys: [multikeyOfKey(updateKey(signer).key)],
        nextKeyHashes: [commitTo(updateKey(signer + 1).key)],
        ...parameters,
      },
      state: documentOf(this.did, listed(keys)),
      key: updateKey(signer).key,
    })
  }

  /** The device by the name of one of its keys. */
  identity(name: string): Identity {
    const { alg, key } = deviceKey(name)
    return { did: this.did, kid: `${this.did}#${name}`, alg, key }
  }

  /** A device of the world under this DID, with a credential for it. */
  device(world: World, name: string): Device {
    return world.deviceAs(this.identity(name), "documented")
  }
}

export const signedDocument = (
  { did, log }: Pick<Controller, "did" | "log">,
  checked: number,
  signers: ReadonlyArray<Identity> = RESOLVERS.slice(0, 1),
): Uint8Array => {
  const body: DidDocumentBody = { did, checked, expires: checked + HARD_MS, published: log, witness: null }
  return dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(body)), signers)
}

export const signedFact = (did: string, checked: number, change: Partial<Unavailable> = {}): Uint8Array => {
  const fact: Unavailable = {
    did,
    checked,
    again: checked + HOUR_MS,
    why: "not_found",
    detail: "the server answers 404",
    ...change,
  }
  return dsseSign(DID_UNAVAILABLE_TYPE, Buffer.from(JSON.stringify(fact)), RESOLVERS.slice(0, 1))
}

/** Hands an item in and judges it. @returns why it was refused; none where it came into force */
export const activate = async (driver: Driver, kind: string, item: Uint8Array): Promise<ReadonlyArray<string>> => {
  driver.now += 60_000
  const { origins } = await publishKnowledge(driver.log, kind, item)
  await driver.settle()
  return outcomeAt(driver, origins[0]!)
}

const outcomeAt = async (driver: Driver, origin: Origin): Promise<ReadonlyArray<string>> => {
  for (const event of await driver.audit()) {
    if (event.origin.partition !== origin.partition || event.origin.offset !== origin.offset) continue
    if (controlDetailOf(event)?.kind === "activation") return event.reasons
  }
  throw new Error("the activation has no event")
}

/** Hands in the document as it is published now. */
export const resolve = (driver: Driver, controller: Controller): Promise<ReadonlyArray<string>> =>
  activate(driver, "did-document", signedDocument(controller, driver.now))
