export { decodeBase58, encodeBase58 } from "./base58.ts"
export { decodeBase64url, decodeBase64urlIn, encodeBase64url } from "./base64url.ts"
export { type Algorithm, type PublicKey, publicKeyOf } from "./key.ts"
export { keyIdOfDid, repeatedKeys } from "./key-id.ts"
export { encodeDidJwk, jwkOf } from "./method/jwk.ts"
export { encodeDidKey } from "./method/key.ts"
export { asciiSlice } from "./native.ts"
export { parseDid } from "./parse.ts"
export { isStrongEd25519Point } from "./point/ed25519.ts"
export { decodeP256 } from "./point/p256.ts"
export {
  cachedResolver,
  type DeviceKey,
  isKidOfDevice,
  type KnownKey,
  keyIdOfResolved,
  kidOfDevice,
  resolveDeviceKey,
} from "./resolve.ts"
