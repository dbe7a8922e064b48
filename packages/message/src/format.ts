/** The formats of a message, by the first byte: `d2` begins a COSE_Sign1 (RFC 9052), and no compact JWS (RFC 7515). */
import { SIGN1_TAG } from "@assay/cose"
import { MESSAGE_TYPES } from "@assay/trust"

/** The `typ` of each. */
export const JWS_TYPES = MESSAGE_TYPES.filter((typ) => typ.endsWith("+jwt"))
export const COSE_TYPES = MESSAGE_TYPES.filter((typ) => typ.endsWith("+cwt"))

export const isCose = (message: Uint8Array): boolean => message[0] === SIGN1_TAG
