/**
 * COSE and CWT with `cwt` (PyPI), which others wrote: messages, credentials as vc+cose, and Token Status Lists as CWT. What it makes is
 * accepted here, what is made here it accepts, and what was changed on the way both refuse.
 */
import type { JsonWebKey } from "node:crypto"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseSign1 } from "@assay/cose"
import { issueCredentialWith, readSignedList, signStatusList, verifyCredential } from "@assay/credentials"
import { resolveDeviceKey } from "@assay/did"
import { algOf } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import { coseMessage, openMessage } from "@assay/message"
import { type Actor, actor, remoteOf } from "@assay/testkit/actors"
import { hasCwt, runCwt, sayWithoutCwt } from "@assay/testkit/python-cwt"
import { describe, expect, it } from "vitest"

const SCRIPT = fileURLToPath(new URL("./cwt_calls.py", import.meta.url))
const VECTORS = new URL("../../../packages/message/vectors/compact-messages.json", import.meta.url)
const TYPS = ["m2m+cwt", "m2m-presentation+cwt", "m2m-evidence+cwt"]
const LIST = "https://acme.example/status/1"

sayWithoutCwt("test/system/interop/python-cwt.long.test.ts")

interface Vector {
  readonly name: string
  readonly key: JsonWebKey
  readonly cose: string
}
const { messages } = JSON.parse(readFileSync(VECTORS, "utf8")) as { readonly messages: ReadonlyArray<Vector> }

/** As `cwt_calls.py` says it. */
interface Answer {
  readonly token?: string
  readonly payload?: string
  readonly protected?: { readonly map: ReadonlyArray<readonly [number, unknown]> }
  readonly claims?: { readonly map: ReadonlyArray<readonly [number | string, unknown]> }
  readonly entries?: string
  readonly refused?: string
}
const call = (...calls: ReadonlyArray<object>): ReadonlyArray<Answer> => runCwt(SCRIPT, calls) as ReadonlyArray<Answer>
const map = (...entries: ReadonlyArray<readonly [number | string, unknown]>) => ({ map: entries })
const hex = (bytes: Uint8Array) => ({ hex: Buffer.from(bytes).toString("hex") })

/** What it calls the two algorithms, and what they were called before RFC 9864. */
const NAMES = { Ed25519: ["Ed25519", "EdDSA"], ES256: ["ESP256", "ES256"] } as const
const nameOf = (key: JsonWebKey): string => NAMES[key.crv === "Ed25519" ? "Ed25519" : "ES256"][0]
const publicOf = ({ d: _, ...jwk }: JsonWebKey): JsonWebKey => jwk

const changed = (token: string): string => {
  const bytes = Buffer.from(token, "hex")
  bytes[bytes.length - 70]! ^= 1
  return bytes.toString("hex")
}
const jwkOf = ({ key }: Actor): JsonWebKey => key.export({ format: "jwk" })

/** Null where a message holds; else why not. */
const whyNot = (bytes: Uint8Array): string | null => {
  const opened = openMessage(bytes)
  if ("reason" in opened) return opened.detail
  if ("reason" in opened.read) return opened.read.detail
  const key = resolveDeviceKey(opened.read.claims.iss)
  if ("reason" in key) return key.detail
  if (key.kid !== opened.header.kid || key.alg !== opened.header.alg) return "another key"
  if (verifyNow(key, opened.signingInput, opened.signature) !== VALID) return "it does not verify"
  return opened.read.fault
}

describe.runIf(hasCwt)("messages", () => {
  it("of all vectors hold for it, and changed ones do not", () => {
    const kidIn = (cose: string): string => {
      const parsed = parseSign1(Buffer.from(cose, "hex"), TYPS)
      if ("reason" in parsed) throw new Error(parsed.detail)
      return hex(parsed.kid).hex
    }
    const verify = ({ key, cose }: Vector) => ({
      op: "verify",
      jwk: publicOf(key),
      alg: nameOf(key),
      kid: kidIn(cose),
      token: cose,
    })
    const answers = call(
      ...messages.map(verify),
      ...messages.map((one) => ({ ...verify(one), token: changed(one.cose) })),
    )
    messages.forEach(({ name, cose }, at) => {
      const parsed = parseSign1(Buffer.from(cose, "hex"), TYPS)
      if ("reason" in parsed) throw new Error(parsed.detail)
      expect(answers[at], name).toMatchObject({ payload: hex(parsed.payload).hex })
      expect(new Map(answers[at]!.protected!.map)).toEqual(
        new Map<number, unknown>([
          [1, parsed.alg === "Ed25519" ? -19 : -9],
          [4, hex(parsed.kid)],
          [16, parsed.typ],
        ]),
      )
      expect(answers[at + messages.length]!.refused, name).toMatch(/VerifyError|DecodeError/)
    })
  })

  it("that it makes are byte for byte ours, where the signature is deterministic", () => {
    const [, one] = messages
    const parsed = parseSign1(Buffer.from(one!.cose, "hex"), ["m2m+cwt"])
    if ("reason" in parsed) throw new Error(parsed.detail)
    const payload = map(
      [3, "urn:assay:demo"],
      [6, 1_790_000_000],
      [
        "m2m",
        map(
          [0, 0],
          [1, 2],
          [2, 4_711],
          [3, { hex: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" }],
          [4, [map([0, "temp"], [1, "Cel"], [2, 21.5])]],
        ),
      ],
    )
    const [made] = call({
      op: "sign",
      jwk: one!.key,
      alg: "Ed25519",
      kid: hex(parsed.kid).hex,
      typ: "m2m+cwt",
      payload,
    })
    expect(made).toEqual({ token: one!.cose })
  })

  it.each([
    ["Ed25519", "Ed25519"],
    ["Ed25519", "EdDSA"],
    ["ES256", "ESP256"],
    ["ES256", "ES256"],
  ] as const)("by a key of %s, signed as %s, are taken", (kind, alg) => {
    const device = actor(kind)
    const ours = coseMessage(
      {
        iss: device.did,
        aud: "urn:a",
        iat: 1_790_000_000,
        act: "telemetry",
        epo: 0,
        seq: 0,
        prv: null,
        senml: [{ n: "t", v: 1 }],
      },
      device.key,
      device.kid,
    )
    const parsed = parseSign1(ours, ["m2m+cwt"])
    if ("reason" in parsed) throw new Error(parsed.detail)
    const payload = hex(parsed.payload)
    const [made] = call({ op: "sign", jwk: jwkOf(device), alg, kid: hex(parsed.kid).hex, typ: "m2m+cwt", payload })
    const bytes = Buffer.from(made!.token!, "hex")
    expect(whyNot(bytes)).toBeNull()
    expect(whyNot(Buffer.from(changed(made!.token!), "hex"))).not.toBeNull()
  })
})

describe.runIf(hasCwt).each([actor(), actor("ES256")])("by an issuer", (issuer) => {
  const alg = NAMES[algOf(issuer.key)][0]
  const kid = hex(Buffer.from(issuer.kid)).hex
  const verify = (token: Uint8Array, more: object = {}) =>
    call({
      op: "verify",
      jwk: publicOf(jwkOf(issuer)),
      alg,
      kid,
      token: Buffer.from(token).toString("hex"),
      ...more,
    })[0]!
  const device = actor()
  const now = Date.now()

  it("a credential as vc+cose, both ways", async () => {
    const input = {
      subject: device.did,
      vendor: "acme",
      class: "pump",
      assurance: "software",
      hardwareId: null,
      capabilities: { measurements: [], actions: ["telemetry"], audiences: [], ratePerMinute: 1 },
      validFrom: now,
      validUntil: now + 86_400_000,
      status: [],
    } as const
    const token = Buffer.from(await issueCredentialWith(input, remoteOf(issuer), "vc+cose"), "base64url")
    const { payload } = verify(token, { isText: true })
    const credential = JSON.parse(Buffer.from(payload!, "hex").toString("utf8"))
    expect(credential).toMatchObject({ issuer: issuer.did, credentialSubject: { id: device.did } })
    const renamed = Buffer.from(JSON.stringify({ ...credential, name: "a pump" }))
    const [made] = call({ op: "sign", jwk: jwkOf(issuer), alg, kid, typ: "application/vc+cose", payload: hex(renamed) })
    const theirs = Buffer.from(made!.token!, "hex").toString("base64url")
    expect(verifyCredential(theirs)).toMatchObject({ credential: { subject: device.did } })
    const other = Buffer.from(changed(made!.token!), "hex").toString("base64url")
    expect(verifyCredential(other)).toHaveProperty("reason")
  })

  it("a Token Status List as CWT, both ways", async () => {
    const issued = Math.floor(now / 1_000) * 1_000
    const list = {
      format: "statuslist+cwt",
      id: LIST,
      purpose: "token",
      issued,
      expires: issued + 3_600_000,
      ttlMs: 60_000,
      entries: 16,
      size: 2,
      values: [
        [1, 1],
        [5, 2],
      ],
    } as const
    const ours = await signStatusList(list, remoteOf(issuer))
    const found = verify(ours)
    expect(found.entries).toBe("04080000")
    const claims = new Map(found.claims!.map)
    expect([claims.get(2), claims.get(6), claims.get(4), claims.get(65_534)]).toEqual([
      LIST,
      issued / 1_000,
      issued / 1_000 + 3_600,
      60,
    ])

    // The same claims, and the entries as its zlib packs them.
    const payload = { map: found.claims!.map }
    const [made] = call({ op: "sign", jwk: jwkOf(issuer), alg, kid, typ: "application/statuslist+cwt", payload })
    const theirs = Buffer.from(made!.token!, "hex")
    const read = readSignedList(theirs)
    if ("detail" in read) throw new Error(read.detail)
    expect(read).toMatchObject({ issuer: issuer.did, id: LIST, issued, ttlMs: 60_000, purposes: ["token"] })
    const opened = read.open()
    if ("detail" in opened) throw new Error(opened.detail)
    expect([...opened.bits]).toEqual([0x04, 0x08, 0, 0])
    const forged = readSignedList(Buffer.from(changed(made!.token!), "hex"))
    expect("detail" in forged ? forged : forged.open()).toHaveProperty("detail")
  })
})
