/** For the deployment that issues: how passports, snapshots and slices are written. No device needs this. */
export { toBase64 } from "./bytes/bytes.ts"
export { encodeCbor } from "./bytes/cbor.ts"
export { keyOfDid, kidOf, thumbprintInput } from "./key/did.ts"
export { MAX_SLICE_BYTES, readSlice, SLICE_TYPE } from "./slice/slice.ts"
export { protectedHeader, SIGN1_TAG, signingInput } from "./token/cose.ts"
export { EAR_STATUS, type EarStatus, MAX_CWT_BYTES, PASSPORT_TYP, toCwt } from "./token/passport.ts"
export { placesOf, SNAPSHOT_TYP, type SnapshotClaims, snapshotToCwt } from "./token/snapshot.ts"
