/** Keys in one PKCS#11 library: finds the token and the key, signs, makes keys. Synchronous: for a thread of its own. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { type Algorithm, decodeP256, encodeDidKey } from "@assay/did"
import { KeyError, KeyUnreachableError } from "../signer.ts"
import * as ck from "./cryptoki.ts"
import type { Pkcs11Reference } from "./uri.ts"

/** A key that was found: what signs by it. */
export interface FoundKey {
  readonly did: string
  readonly alg: Algorithm
}

interface Session {
  readonly handle: ck.Handle
  readonly keys: Map<string, { readonly handle: ck.Handle; readonly found: FoundKey }>
}

/** After these the session is gone, and a new one may do. */
const LOST: ReadonlySet<number> = new Set([
  ck.CKR_DEVICE_ERROR,
  ck.CKR_DEVICE_REMOVED,
  ck.CKR_KEY_HANDLE_INVALID,
  ck.CKR_SESSION_CLOSED,
  ck.CKR_SESSION_HANDLE_INVALID,
  ck.CKR_TOKEN_NOT_PRESENT,
  ck.CKR_USER_NOT_LOGGED_IN,
])

const MAX_FOUND = 16

export class Tokens {
  readonly #cryptoki: ck.Cryptoki
  readonly #sessions = new Map<string, Session>()

  /** @param cryptoki loaded and initialised */
  constructor(cryptoki: ck.Cryptoki) {
    this.#cryptoki = cryptoki
  }

  /** @throws KeyError, KeyUnreachableError */
  find(reference: Pkcs11Reference): FoundKey {
    return this.#again(reference, (session) => this.#key(session, reference).found)
  }

  /** 64 bytes over the input itself. @throws KeyError, KeyUnreachableError */
  sign(reference: Pkcs11Reference, input: Uint8Array): Buffer {
    return this.#again(reference, (session) => {
      const { handle, found } = this.#key(session, reference)
      const isEd = found.alg === "Ed25519"
      const data = isEd ? Buffer.from(input) : createHash("sha256").update(input).digest()
      this.#cryptoki.C_SignInit(session.handle, { mechanism: isEd ? ck.CKM_EDDSA : ck.CKM_ECDSA }, handle)
      return Buffer.from(this.#cryptoki.C_Sign(session.handle, data, Buffer.alloc(64)))
    })
  }

  /** A new key that cannot be taken out, under the reference's label. @throws KeyError where one has the label already */
  generate(reference: Pkcs11Reference, alg: Algorithm): FoundKey {
    const { label } = reference
    if (label === null) throw new KeyError("pkcs11: a new key needs a label: object=LABEL")
    return this.#again(reference, (session) => {
      if (this.#objects(session, reference, ck.CKO_PRIVATE_KEY).length > 0)
        throw new KeyError(`the token has a key with the label ${label} already; a key is never overwritten`)
      const id = createHash("sha256").update(label).digest().subarray(0, 20)
      const isEd = alg === "Ed25519"
      const of = (isPrivate: boolean): Array<ck.Attribute> => [
        { type: ck.CKA_CLASS, value: isPrivate ? ck.CKO_PRIVATE_KEY : ck.CKO_PUBLIC_KEY },
        { type: ck.CKA_KEY_TYPE, value: isEd ? ck.CKK_EC_EDWARDS : ck.CKK_EC },
        { type: ck.CKA_TOKEN, value: true },
        { type: ck.CKA_PRIVATE, value: isPrivate },
        { type: ck.CKA_LABEL, value: label },
        { type: ck.CKA_ID, value: id },
      ]
      const secret = [
        ...of(true),
        { type: ck.CKA_SIGN, value: true },
        { type: ck.CKA_SENSITIVE, value: true },
        { type: ck.CKA_EXTRACTABLE, value: false },
      ]
      const mechanism = isEd ? ck.CKM_EC_EDWARDS_KEY_PAIR_GEN : ck.CKM_EC_KEY_PAIR_GEN
      const open = (params: Buffer): Array<ck.Attribute> => [
        ...of(false),
        { type: ck.CKA_VERIFY, value: true },
        { type: ck.CKA_EC_PARAMS, value: params },
      ]
      try {
        this.#cryptoki.C_GenerateKeyPair(
          session.handle,
          { mechanism },
          open(isEd ? ck.ED25519_PARAMS : ck.P256_PARAMS),
          secret,
        )
      } catch (cause) {
        if (!isEd || LOST.has(ck.codeOf(cause))) throw cause
        this.#cryptoki.C_GenerateKeyPair(session.handle, { mechanism }, open(ck.ED25519_NAME), secret)
      }
      return this.#key(session, reference).found
    })
  }

  /** Once more in a new session, where the old one is gone. */
  #again<Result>(reference: Pkcs11Reference, call: (session: Session) => Result): Result {
    try {
      return call(this.#session(reference))
    } catch (cause) {
      const code = ck.codeOf(cause)
      if (code === ck.CKR_CRYPTOKI_NOT_INITIALIZED) this.#beginAnew()
      else if (LOST.has(code)) this.#sessions.delete(nameOf(reference))
      else throw asError(cause)
    }
    try {
      return call(this.#session(reference))
    } catch (cause) {
      throw asError(cause)
    }
  }

  /** Whoever else uses the library in this process has ended it for all, and all sessions with it. */
  #beginAnew(): void {
    this.#sessions.clear()
    try {
      ck.initialise(this.#cryptoki)
    } catch (cause) {
      throw asError(cause)
    }
  }

  #session(reference: Pkcs11Reference): Session {
    const name = nameOf(reference)
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const slot = this.#slot(reference)
    const handle = this.#cryptoki.C_OpenSession(slot, ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION)
    if (reference.pinSource !== null) this.#login(handle, reference.pinSource)
    const session: Session = { handle, keys: new Map() }
    this.#sessions.set(name, session)
    return session
  }

  #login(session: ck.Handle, pinSource: string): void {
    let pin: string
    try {
      pin = readFileSync(pinSource, "utf8").replace(/\r?\n$/, "")
    } catch (cause) {
      throw new KeyError(`pkcs11: pin-source ${pinSource} cannot be read: ${(cause as NodeJS.ErrnoException).code}`)
    }
    try {
      this.#cryptoki.C_Login(session, ck.CKU_USER, pin)
    } catch (cause) {
      const code = ck.codeOf(cause)
      // The login is the process', for all sessions with the token.
      if (code === ck.CKR_USER_ALREADY_LOGGED_IN) return
      this.#cryptoki.C_CloseSession(session)
      if (code === ck.CKR_PIN_INCORRECT) throw new KeyError(`pkcs11: the token refuses the PIN in ${pinSource}`)
      if (code === ck.CKR_PIN_LOCKED) throw new KeyError("pkcs11: the token has locked its PIN")
      throw cause
    }
  }

  #slot({ choice }: Pkcs11Reference): ck.Handle {
    const wanted = {
      label: choice.token,
      serialNumber: choice.serial,
      manufacturerID: choice.manufacturer,
      model: choice.model,
    }
    const slots = this.#cryptoki.C_GetSlotList(true).filter((slot) => {
      if (choice.slot !== undefined && slot.readUIntLE(0, Math.min(slot.length, 6)) !== choice.slot) return false
      const info = this.#cryptoki.C_GetTokenInfo(slot)
      return Object.entries(wanted).every(
        ([name, value]) => value === undefined || String(info[name as keyof ck.TokenInfo]).trimEnd() === value,
      )
    })
    // A token that is not there may be put back.
    if (slots.length === 0) throw new KeyUnreachableError(`pkcs11: there is no token ${JSON.stringify(choice)}`)
    if (slots.length > 1)
      throw new KeyError(`pkcs11: ${slots.length} tokens are ${JSON.stringify(choice)}: name one by serial`)
    return slots[0]!
  }

  #objects(session: Session, { label, id }: Pkcs11Reference, kind: number): ReadonlyArray<ck.Handle> {
    const { handle } = session
    this.#cryptoki.C_FindObjectsInit(handle, [
      { type: ck.CKA_CLASS, value: kind },
      ...(label === null ? [] : [{ type: ck.CKA_LABEL, value: label }]),
      ...(id === null ? [] : [{ type: ck.CKA_ID, value: Buffer.from(id, "hex") }]),
    ])
    try {
      return this.#cryptoki.C_FindObjects(handle, MAX_FOUND)
    } finally {
      this.#cryptoki.C_FindObjectsFinal(handle)
    }
  }

  #key(session: Session, reference: Pkcs11Reference): { readonly handle: ck.Handle; readonly found: FoundKey } {
    const name = JSON.stringify([reference.label, reference.id])
    const known = session.keys.get(name)
    if (known !== undefined) return known
    const privates = this.#objects(session, reference, ck.CKO_PRIVATE_KEY)
    if (privates.length === 0)
      throw new KeyError(
        `the token has no private key ${name}${reference.pinSource === null ? ": without a pin-source it shows none" : ""}`,
      )
    if (privates.length > 1) throw new KeyError(`the token has ${privates.length} private keys ${name}: name one by id`)
    const publics = this.#objects(session, reference, ck.CKO_PUBLIC_KEY)
    if (publics.length !== 1)
      throw new KeyError(
        `the token has ${publics.length} public keys ${name}: beside the private key stands its public one`,
      )
    const [type, point] = this.#cryptoki.C_GetAttributeValue(session.handle, publics[0]!, [
      { type: ck.CKA_KEY_TYPE },
      { type: ck.CKA_EC_POINT },
    ])
    const key = { handle: privates[0]!, found: foundKey(type!.value.readUIntLE(0, 4), point!.value) }
    session.keys.set(name, key)
    return key
  }
}

/** References are read once and asked for often. */
const names = new WeakMap<Pkcs11Reference, string>()

const nameOf = (reference: Pkcs11Reference): string => {
  const known = names.get(reference) ?? JSON.stringify(reference.choice)
  names.set(reference, known)
  return known
}

/** CKA_EC_POINT is the DER OCTET STRING of the point. @throws KeyError for another kind of key */
const foundKey = (type: number, point: Buffer): FoundKey => {
  const raw = point[0] === 0x04 && point[1] === point.length - 2 ? point.subarray(2) : point
  if (type === ck.CKK_EC_EDWARDS && raw.length === 32)
    return { alg: "Ed25519", did: encodeDidKey({ alg: "Ed25519", publicKey: raw }) }
  const publicKey = type === ck.CKK_EC ? decodeP256(raw) : null
  if (publicKey === null) throw new KeyError("the key in the token is neither Ed25519 nor P-256")
  return { alg: "ES256", did: encodeDidKey({ alg: "ES256", publicKey }) }
}

/** What the library says, as a sentence; ours stay as they are. */
const asError = (cause: unknown): unknown =>
  cause instanceof KeyError || cause instanceof KeyUnreachableError
    ? cause
    : new KeyUnreachableError(`pkcs11: ${(cause as Error).message}`)
