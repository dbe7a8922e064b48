/** The numbers of PKCS#11 (v2.40, and v3.0 for EdDSA) that are used, and what `pkcs11js` gives for them. */
export const CKO_PUBLIC_KEY = 2
export const CKO_PRIVATE_KEY = 3
export const CKK_EC = 0x03
export const CKK_EC_EDWARDS = 0x40
export const CKM_EC_KEY_PAIR_GEN = 0x1040
export const CKM_ECDSA = 0x1041
export const CKM_EC_EDWARDS_KEY_PAIR_GEN = 0x1055
export const CKM_EDDSA = 0x1057
export const CKU_USER = 1
export const CKF_RW_SESSION = 2
export const CKF_SERIAL_SESSION = 4

export const CKA_CLASS = 0x00
export const CKA_TOKEN = 0x01
export const CKA_PRIVATE = 0x02
export const CKA_LABEL = 0x03
export const CKA_KEY_TYPE = 0x100
export const CKA_ID = 0x102
export const CKA_SENSITIVE = 0x103
export const CKA_SIGN = 0x108
export const CKA_VERIFY = 0x10a
export const CKA_EXTRACTABLE = 0x162
export const CKA_EC_PARAMS = 0x180
export const CKA_EC_POINT = 0x181

export const CKR_DEVICE_ERROR = 0x30
export const CKR_DEVICE_REMOVED = 0x32
export const CKR_KEY_HANDLE_INVALID = 0x60
export const CKR_PIN_INCORRECT = 0xa0
export const CKR_PIN_LOCKED = 0xa4
export const CKR_SESSION_CLOSED = 0xb0
export const CKR_SESSION_HANDLE_INVALID = 0xb3
export const CKR_TOKEN_NOT_PRESENT = 0xe0
export const CKR_USER_ALREADY_LOGGED_IN = 0x100
export const CKR_USER_NOT_LOGGED_IN = 0x101
export const CKR_CRYPTOKI_NOT_INITIALIZED = 0x190
export const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191

/** 1.2.840.10045.3.1.7 */
export const P256_PARAMS = Buffer.from("06082a8648ce3d030107", "hex")
/** 1.3.101.112, and the name by which older tokens know the curve. */
export const ED25519_PARAMS = Buffer.from("06032b6570", "hex")
export const ED25519_NAME = Buffer.from("130c656477617264733235353139", "hex")

export type Handle = Buffer
export interface Attribute {
  readonly type: number
  readonly value?: number | boolean | string | Buffer
}
export interface TokenInfo {
  readonly label: string
  readonly manufacturerID: string
  readonly model: string
  readonly serialNumber: string
}

/** What of `pkcs11js` is used. Every call is synchronous: it belongs into a thread of its own. */
export interface Cryptoki {
  load(path: string): void
  C_Initialize(): void
  C_Finalize(): void
  C_GetSlotList(tokenPresent: boolean): Array<Handle>
  C_GetTokenInfo(slot: Handle): TokenInfo
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_Login(session: Handle, user: number, pin?: string): void
  C_FindObjectsInit(session: Handle, template: Array<Attribute>): void
  C_FindObjects(session: Handle, maximum: number): Array<Handle>
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: Array<Attribute>): Array<{ readonly value: Buffer }>
  C_GenerateKeyPair(
    session: Handle,
    mechanism: { readonly mechanism: number },
    publicTemplate: Array<Attribute>,
    privateTemplate: Array<Attribute>,
  ): { readonly publicKey: Handle; readonly privateKey: Handle }
  C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void
  C_Sign(session: Handle, input: Buffer, output: Buffer): Buffer
}

/** The return value (CKR_...) that a call failed with; -1 where it is none of the library's. */
export const codeOf = (cause: unknown): number => Number((cause as { readonly code?: unknown }).code ?? -1)

/** For this process, where nobody else in it has done so. @throws what C_Initialize does otherwise */
export const initialise = (cryptoki: Cryptoki): void => {
  try {
    cryptoki.C_Initialize()
  } catch (cause) {
    if (codeOf(cause) !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw cause
  }
}
