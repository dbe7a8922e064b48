/** What a device sends: a compact JWS, strict JSON, DIDs, claims with readings. Anybody may send these. */
import {
  cachedResolver,
  type DeviceKey,
  encodeDidJwk,
  encodeDidKey,
  jwkOf,
  type KnownKey,
  kidOfDevice,
  parseDid,
  resolveDeviceKey,
} from "@assay/did"
import { type JwsHeader, parseCompact, parseStrict } from "@assay/jose"
import { readClaims } from "@assay/message"
import { type Target, text } from "../target.ts"
import { devices } from "../world.ts"

const TYPES = ["m2m-message+jwt", "m2m-presentation+jwt"]
const resolve = cachedResolver(16, () => 0)

const tokens = (): ReadonlyArray<Buffer> =>
  devices.flatMap((device) => [device.message(), device.presentation()].map(({ bytes }) => bytes))

const jws: Target = {
  name: "jws",
  about: "parseCompact: a compact JWS (RFC 7515), from anybody",
  seeds: tokens,
  check: (bytes) => {
    const found = parseCompact(bytes, { typ: TYPES })
    if ("reason" in found) return false
    // What is signed must be what was sent: no second text may stand for the same token.
    const again = `${text(found.signingInput)}.${Buffer.from(found.signature).toString("base64url")}`
    if (again !== text(bytes)) throw new Error("accepted a token that is not written in its one form")
    return true
  },
}

const json: Target = {
  name: "json",
  about: "parseStrict: JSON without duplicate names (RFC 8259, I-JSON), from anybody",
  seeds: () => [
    ...devices.map((device) => Buffer.from(JSON.stringify(device.payload()))),
    Buffer.from('{"a":[1,-0.5e3,true,false,null,"\\u00e4\\ud83d\\ude00"],"b":{}}'),
  ],
  check: (bytes) => {
    const found = parseStrict(bytes)
    if ("reason" in found) return false
    // The engine's own parser is the witness: whatever is accepted must mean the same to it.
    if (JSON.stringify(found.value) !== JSON.stringify(JSON.parse(text(bytes)))) throw new Error("means something else")
    return true
  },
}

const written = (answer: ReturnType<typeof resolveDeviceKey>): string =>
  JSON.stringify("reason" in answer ? answer : { ...answer, publicKey: Buffer.from(answer.publicKey) })

const withoutId = ({ alg, publicKey, did }: KnownKey): DeviceKey => ({ alg, publicKey, did, kid: kidOfDevice(did) })

const did: Target = {
  name: "did",
  about: "resolveDeviceKey: did:key and did:jwk, from anybody",
  seeds: () => [
    ...devices.map((device) => Buffer.from(device.did)),
    ...devices.map((device) => Buffer.from(encodeDidJwk(keyOf(device.did)))),
  ],
  check: (bytes) => {
    const name = text(bytes)
    const plain = resolveDeviceKey(name)
    const cached = resolve(name)
    if (written("reason" in cached ? cached : withoutId(cached)) !== written(plain))
      throw new Error("the cache answers something else")
    if (!("reason" in cached) && !("reason" in plain) && cached.keyId !== encodeDidKey(plain))
      throw new Error("the cache names another key")
    if ("reason" in plain) return false
    if (parseDid(name) === null) throw new Error("resolved what is no DID")
    jwkOf(plain)
    return true
  },
}

const keyOf = (name: string) => {
  const key = resolveDeviceKey(name)
  if ("reason" in key) throw new Error(key.detail)
  return key
}

const HEADERS: ReadonlyArray<JwsHeader> = TYPES.map((typ) => ({ alg: "Ed25519", kid: "did:key:z#z", typ }))

const claims: Target = {
  name: "claims",
  about: "readClaims: the claims and SenML readings of a message (RFC 8428), from anybody with any key",
  seeds: () => [
    ...devices.map((device) => Buffer.from(JSON.stringify(device.payload()))),
    ...devices.map((device) => Buffer.from(JSON.stringify(device.payload({ act: "event" })))),
    ...tokens().map((token) => Buffer.from(text(token).split(".")[1]!, "base64url")),
  ],
  check: (bytes) => {
    const answers = HEADERS.map((header) => readClaims(header, bytes, "digest"))
    for (const found of answers)
      if (
        !("reason" in found) &&
        found.claims.kind === "message" &&
        JSON.stringify(found).length > 16 * (bytes.length + 1024)
      )
        throw new Error("the claims are far larger than what was sent")
    return answers.some((found) => !("reason" in found))
  },
}

export const IDENTITY: ReadonlyArray<Target> = [jws, json, did, claims]
