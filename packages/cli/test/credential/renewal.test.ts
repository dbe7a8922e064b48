/** Renewal by a device's own request: who gets what, and from whom nothing is taken. */
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  checkSignature,
  type Documents,
  issueCredential,
  issueCredentialWith,
  readCredential,
  verifyCredential,
} from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { algOf, signClaims, signRaw } from "@assay/jose"
import { type Actor, actor } from "@assay/testkit/actors"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { renewInto } from "../../src/credential/issue.ts"
import { issuerDocuments } from "../../src/credential/issuer-document.ts"
import type { Register, Status } from "../../src/credential/register.ts"
import { createRegister, listsAt } from "../../src/credential/register-terms.ts"
import { readRenewal } from "../../src/credential/renewal.ts"
import { serveRenewals } from "../../src/credential/serve.ts"
import { SharedRegister, withRegister } from "../../src/credential/shared-register.ts"
import type { OpenKey } from "../../src/keys.ts"

const [issuer, device, other] = [actor(), actor(), actor("ES256")]
const keyOf = ({ did, kid, key }: Actor): OpenKey => ({
  did,
  kid,
  alg: algOf(key),
  sign: async (input) => signRaw(key, input),
  close: async () => undefined,
})
const KEY = keyOf(issuer)
const AUD = "https://acme.example/renewals"
const DAY = 86_400_000

let base = ""
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "assay-renewal-"))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

let place = 0
/** A credential that ends in so many days, in the register. */
const issued = async (dir: string, days: number, subject = device.did, by = issuer): Promise<string> => {
  const lists = listsAt("https://acme.example/status/1", "vc+jwt")
  const index = place++
  const token = await issueCredentialWith(
    {
      subject,
      vendor: "acme",
      class: "pump",
      assurance: "software",
      hardwareId: null,
      capabilities: {
        measurements: [],
        actions: ["telemetry"],
        audiences: ["https://plant.example/*"],
        ratePerMinute: 1,
      },
      validFrom: Date.now() - DAY,
      validUntil: Date.now() + days * DAY,
      status: lists.map(({ id, purpose }) => ({ list: id, purpose, index })),
    },
    keyOf(by),
    "vc+jwt",
  )
  await withRegister(dir, async (register) => keep(register, token, index))
  return token
}

const keep = (register: Register, token: string, index: number): void => {
  const read = readCredential(token)
  if ("detail" in read) throw new Error(read.detail)
  const { hash, subject, validFrom, validUntil } = read.credential
  register.add({ hash, device: subject, index, validFrom, validUntil }, token, Date.now())
}

const change = (dir: string, token: string, status: Status): Promise<boolean> =>
  withRegister(dir, async (register) => register.change(hashOf(token), status, null, Date.now()))

const hashOf = (token: string): string => {
  const read = verifyCredential(token)
  if ("reason" in read) throw new Error(read.detail)
  return read.credential.hash
}

const request = (credentials: ReadonlyArray<string>, over: object = {}, { did, kid, key }: Actor = device): Buffer =>
  signClaims({ iss: did, aud: AUD, iat: Math.floor(Date.now() / 1_000), vc: credentials, ...over }, key, {
    kid,
    typ: "m2m-presentation+jwt",
  })

const rig = async (name: string, key: OpenKey = KEY, documents?: Documents) => {
  const dir = join(base, name)
  await createRegister(dir, {
    format: "vc+jwt",
    lists: listsAt("https://acme.example/status/1", "vc+jwt"),
    entries: 131_072,
    ttlMs: 1_000,
    lastsMs: 3_600_000,
  })
  const register = new SharedRegister(dir)
  const server = await serveRenewals(
    { host: "127.0.0.1", port: 0 },
    { register, aud: AUD, days: 90, beforeMs: 30 * DAY, documents },
    key,
    () => undefined,
  )
  onTestFinished(async () => {
    await server.close()
    register.close()
  })
  const ask = async (body: Buffer): Promise<{ readonly status: number; readonly text: string }> => {
    const answer = await fetch(`${server.url}/v1/renewals`, { method: "POST", body })
    return { status: answer.status, text: await answer.text() }
  }
  return { dir, ask }
}

describe("a device that asks for its renewal", () => {
  it("gets the same for another time and with another place, and the same answer where it was lost", async () => {
    const { dir, ask } = await rig("renewed")
    const before = await issued(dir, 10)
    const first = await ask(request([before]))
    expect(first.status).toBe(200)
    const renewed = verifyCredential(first.text.trim())
    if ("reason" in renewed) throw new Error(renewed.detail)
    const old = verifyCredential(before)
    if ("reason" in old) throw new Error(old.detail)
    expect(renewed.credential.terms.text).toBe(old.credential.terms.text)
    expect(renewed.credential.indices).not.toEqual(old.credential.indices)
    expect(renewed.credential.validUntil - Date.now()).toBeGreaterThan(89 * DAY)
    expect(await ask(request([before]))).toEqual(first)
    const again = await ask(request([first.text.trim()]))
    expect([again.status, JSON.parse(again.text)]).toEqual([409, expect.objectContaining({ error: "renewal.not_due" })])
  })

  it.each<Status>(["revoked", "suspended"])("gets none while its credential is %s", async (status) => {
    const { dir, ask } = await rig(status)
    const token = await issued(dir, 10)
    await change(dir, token, status)
    const answer = await ask(request([token]))
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      403,
      expect.objectContaining({ error: "renewal.withdrawn" }),
    ])
  })

  it("waits where another command works on the register, and is answered in turn with others", async () => {
    const { dir, ask } = await rig("turns")
    const [mine, theirs] = [await issued(dir, 10), await issued(dir, 10, other.did)]
    const held = await withRegister(dir, () => ask(request([mine])))
    expect([held.status, JSON.parse(held.text)]).toEqual([503, expect.objectContaining({ error: "renewal.busy" })])
    const both = await Promise.all([ask(request([mine])), ask(request([theirs], {}, other))])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe("an issuer with a document", () => {
  const WEB = "did:web:acme.example"
  const named = (one: Actor, name: string): Actor => ({ ...one, did: WEB, kid: `${WEB}#${name}` })
  const [old, next, gone] = [named(actor(), "old"), named(actor("ES256"), "next"), named(actor(), "gone")]
  const multibase = ({ key }: Actor): string => encodeDidKey(publicKeyOf(key)).slice("did:key:".length)
  /** @param ended those whose time is over */
  const published = (name: string, actors: ReadonlyArray<Actor>, ended: ReadonlyArray<Actor> = []): string => {
    const verificationMethod = actors.map((one) => ({
      id: one.kid,
      type: "Multikey",
      controller: WEB,
      publicKeyMultibase: multibase(one),
      ...(ended.includes(one) ? { revoked: "2020-01-01T00:00:00Z" } : {}),
    }))
    const file = join(base, `${name}.json`)
    writeFileSync(file, JSON.stringify({ id: WEB, verificationMethod, assertionMethod: actors.map(({ kid }) => kid) }))
    return file
  }

  it("renews with its new key what each key that its document lists has signed, and nothing of others", async () => {
    const documents = issuerDocuments(keyOf(next), published("both", [old, next, gone], [gone]))
    const { dir, ask } = await rig("documented", keyOf(next), documents)
    const answer = await ask(request([await issued(dir, 10, device.did, old)]))
    expect(answer.status).toBe(200)
    const renewed = readCredential(answer.text.trim())
    if ("detail" in renewed) throw new Error(renewed.detail)
    expect([renewed.signed.header.kid, checkSignature(renewed.signed, WEB, documents)]).toEqual([next.kid, null])
    // A key that has ended, one that the document does not list, and one that bears the name of another.
    for (const by of [gone, named(actor(), "unlisted"), named(actor(), "old")]) {
      const refused = await ask(request([await issued(dir, 10, other.did, by)], {}, other))
      expect([refused.status, JSON.parse(refused.text)]).toEqual([
        403,
        expect.objectContaining({ error: "renewal.credential" }),
      ])
    }
  })

  it("renews by its register alone what a key has signed that it gave up, where the file is the one that was issued", async () => {
    const { dir } = await rig("given-up")
    const token = await issued(dir, 10, device.did, gone)
    const renew = () => withRegister(dir, (register) => renewInto(register, device.did, 90, keyOf(next)))
    const before = readCredential(token)
    if ("detail" in before) throw new Error(before.detail)
    const path = await withRegister(dir, async (register) => register.pathOf(before.credential.hash))
    const [text, forged] = [readFileSync(path, "utf8"), await issued(dir, 10, other.did, gone)]
    writeFileSync(path, forged)
    await expect(renew()).rejects.toThrow("it is not the one that the register has")
    writeFileSync(path, text)
    const renewed = readCredential(await renew())
    expect("detail" in renewed ? renewed.detail : renewed.signed.header.kid).toBe(next.kid)
  })

  it.each<[string, OpenKey, () => string | null, string]>([
    ["no document", keyOf(next), () => null, "name the document that it publishes"],
    ["one for a DID that is its key", KEY, () => published("none", [next]), "has no document"],
    ["a document without its key", keyOf(next), () => published("without", [old]), "lists no key #next"],
    ["a key that has ended", keyOf(next), () => published("ended", [next], [next]), "lists no key #next"],
    [
      "the document of another DID",
      { ...keyOf(next), did: "did:web:other.example", kid: "did:web:other.example#next" },
      () => published("other", [next]),
      "the id of the document is not the DID",
    ],
  ])("is refused at once with %s", (_, key, file, detail) => {
    expect(() => issuerDocuments(key, file())).toThrow(detail)
  })
})

describe("a register that a server has open", () => {
  it("is read once, and then what other calls have done since", async () => {
    const { dir, ask } = await rig("since")
    const mine = await issued(dir, 10)
    expect((await ask(request([mine]))).status).toBe(200)
    const theirs = await issued(dir, 10, other.did)
    expect((await ask(request([theirs], {}, other))).status).toBe(200)
    await change(dir, theirs, "revoked")
    expect((await ask(request([theirs], {}, other))).status).toBe(403)
  })

  it("is read anew where a backup was put in its place", async () => {
    const { dir, ask } = await rig("backup")
    const [log, kept] = [join(dir, "credentials.jsonl"), join(dir, "kept")]
    copyFileSync(log, kept)
    const mine = await issued(dir, 10)
    expect((await ask(request([mine]))).status).toBe(200)
    renameSync(kept, log)
    const answer = await ask(request([mine]))
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      403,
      expect.objectContaining({ error: "renewal.unknown" }),
    ])
  })
})

describe("a request that is refused, before anybody looks into the register", () => {
  const now = Date.now()
  const own = issueCredential(
    {
      subject: device.did,
      vendor: "acme",
      class: "pump",
      assurance: "software",
      hardwareId: null,
      capabilities: { measurements: [], actions: ["telemetry"], audiences: [], ratePerMinute: 1 },
      validFrom: now - DAY,
      validUntil: now + DAY,
      status: [],
    },
    issuer,
  )

  it.each<[string, () => Buffer, string]>([
    ["bytes of no message", () => Buffer.from("x"), "renewal.malformed"],
    [
      "another message",
      () => signClaims({}, device.key, { kid: device.kid, typ: "m2m-event+jwt" }),
      "renewal.malformed",
    ],
    ["another audience", () => request([own], { aud: "https://plant.example/x" }), "renewal.audience"],
    ["an old one", () => request([own], { iat: Math.floor(now / 1_000) - 3_600 }), "renewal.time"],
    ["one of a time to come", () => request([own], { iat: Math.floor(now / 1_000) + 3_600 }), "renewal.time"],
    ["another key", () => request([own], {}, { ...device, key: actor().key }), "renewal.signature"],
    ["another device's credential", () => request([own], {}, other), "renewal.credential"],
    ["no credential of this issuer", () => request(["x"]), "renewal.credential"],
  ])("%s", (_, made, code) => {
    expect(readRenewal(made(), { aud: AUD }, issuer.did, now)).toMatchObject({ code })
  })

  it("a credential that the register does not have", async () => {
    const { ask } = await rig("unknown")
    const answer = await ask(request([own]))
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      403,
      expect.objectContaining({ error: "renewal.unknown" }),
    ])
  })
})
