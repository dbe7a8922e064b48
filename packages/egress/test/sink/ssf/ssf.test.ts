/** Security event tokens: what they say, pushed by RFC 8935 and polled by RFC 8936. */
import { generateKeyPairSync, verify } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { STREAMS } from "@assay/streams"
import { beforeEach, describe, expect, it, vi } from "vitest"
import type { Encoded } from "../../../src/encode/encoder.ts"
import { setUpSink } from "../../../src/sink/kinds.ts"
import type { PollSink } from "../../../src/sink/ssf/poll.ts"
import { decided, rejected, testDir } from "../../support.ts"
import { startHttp } from "../http/server.ts"

let keyFile = ""
let options = ""
const { privateKey, publicKey } = generateKeyPairSync("ed25519")

beforeEach(() => {
  keyFile = join(testDir(), "key.pem")
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }))
  options = `issuer=https://assay.example&audience=https://siem.example&kid=k1&key-file=${keyFile}`
})

const tokens = (target: string, count: number): ReadonlyArray<Encoded> => {
  const encoder = setUpSink(target).encoder({} as never)
  return Array.from({ length: count }, (_, offset) => {
    const message = decided(0, offset, "quarantined")
    return encoder.encode({
      kind: "message",
      place: { stream: STREAMS.quarantined, partition: 0, offset },
      message: { ...message, decision: { ...message.decision!, reasons: ["identity.clone_evidence"] } },
    })
  })
}
const claimsOf = (token: string) => {
  const [header, payload, signature] = token.trim().split(".") as [string, string, string]
  const isValid = verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url"))
  return {
    isValid,
    header: JSON.parse(Buffer.from(header, "base64url").toString()),
    claims: JSON.parse(Buffer.from(payload, "base64url").toString()),
  }
}

describe("a token", () => {
  it("names the device as its subject, and says how risky it is", () => {
    const [token] = tokens(`ssf-push:https://siem.example?${options}`, 1)
    const { isValid, header, claims } = claimsOf(Buffer.from(token!.bytes).toString())
    expect(isValid).toBe(true)
    expect(header).toEqual({ alg: "Ed25519", kid: "k1", typ: "secevent+jwt" })
    expect(claims).toMatchObject({
      iss: "https://assay.example",
      aud: "https://siem.example",
      jti: "1/0/0",
      iat: 1_760_000_000,
      sub_id: { format: "did", url: expect.stringMatching(/^did:key:/) },
      events: {
        "https://schemas.openid.net/secevent/caep/event-type/risk-level-change": {
          principal: "DEVICE",
          current_level: "HIGH",
          risk_reason: "identity.clone_evidence",
        },
      },
    })
    // SSF 1.0 section 4.1: neither sub nor exp.
    expect(Object.keys(claims)).not.toContain("sub")
    expect(Object.keys(claims)).not.toContain("exp")
  })

  it("is made of proven devices alone; operators' decisions are about compliance", () => {
    const encoder = setUpSink(`ssf-push:https://siem.example?${options}`).encoder({} as never)
    const place = { stream: STREAMS.rejected, partition: 0, offset: 1 }
    expect(encoder.takes!({ kind: "raw", place, outcome: "rejected", record: rejected(0, 1) })).toBe(false)
    const message = decided(0, 1, "annotated")
    const released = {
      ...message,
      decision: { ...message.decision!, kind: "released" as const, supersedes: message.origin },
    }
    const { claims } = claimsOf(
      Buffer.from(encoder.encode({ kind: "message", place, message: released }).bytes).toString(),
    )
    expect(Object.values(claims.events)).toMatchObject([
      { previous_status: "not-compliant", current_status: "compliant", initiating_entity: "admin" },
    ])
  })

  it.each([
    ["issuer", "issuer is needed"],
    ["key-file", "key-file is needed"],
  ])("needs %s", (name, says) => {
    const without = options
      .split("&")
      .filter((part) => !part.startsWith(`${name}=`))
      .join("&")
    expect(() => setUpSink(`ssf-push:https://siem.example?${without}`)).toThrow(says)
  })
})

it("pushed, one a request; a token that is refused goes aside, and we who are refused try again", async () => {
  const server = await startHttp(() => ({ status: 202 }))
  const target = `ssf-push:${server.url}/events?${options}`
  const sink = setUpSink(target).make({} as never)
  await sink.open()
  const items = tokens(target, 3)
  expect(await sink.write(items)).toEqual([])
  expect(server.requests).toHaveLength(3)
  expect(server.requests[0]!.headers["content-type"]).toBe("application/secevent+jwt")
  expect(claimsOf(server.requests[1]!.body).claims.jti).toBe("1/0/1")
  server.answer = ({ body }) =>
    claimsOf(body).claims.jti === "1/0/1"
      ? { status: 400, body: '{"err":"invalid_audience","description":"not for us"}' }
      : { status: 202 }
  expect(await sink.write(items)).toEqual([{ item: items[1], reason: "invalid_audience: not for us" }])
  server.answer = () => ({ status: 400, body: '{"err":"authentication_failed","description":"who?"}' })
  await expect(sink.write(items)).rejects.toThrow("authentication_failed: who?")
  await sink.close()
})

describe("polled", () => {
  const started = async (more = "") => {
    const target = `ssf-poll://127.0.0.1:0?${options}${more}`
    const sink = setUpSink(target).make({} as never) as PollSink
    await sink.open()
    const url = `http://127.0.0.1:${sink.address()!.port}/`
    const poll = async (body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers })
      return {
        status: response.status,
        body: (await response.json()) as { sets?: Record<string, string>; moreAvailable?: boolean },
      }
    }
    return { sink, items: tokens(target, 5), poll }
  }

  it("are there until they are acknowledged, and write resolves with what was refused", async () => {
    const { sink, items, poll } = await started()
    const done = vi.fn()
    const writing = sink.write(items).then((refused) => {
      done()
      return refused
    })
    const first = await poll({ maxEvents: 3, returnImmediately: true })
    expect(Object.keys(first.body.sets!)).toEqual(["1/0/0", "1/0/1", "1/0/2"])
    expect(first.body.moreAvailable).toBe(true)
    expect(claimsOf(first.body.sets!["1/0/0"]!)).toMatchObject({ isValid: true, claims: { jti: "1/0/0" } })
    const second = await poll({
      ack: ["1/0/0", "1/0/1"],
      setErrs: { "1/0/2": { err: "invalid_key", description: "unknown" } },
      returnImmediately: true,
    })
    expect(Object.keys(second.body.sets!)).toEqual(["1/0/3", "1/0/4"])
    expect(done).not.toHaveBeenCalled()
    await poll({ ack: ["1/0/3", "1/0/4"], maxEvents: 0 })
    expect(await writing).toEqual([{ item: items[2], reason: "invalid_key: unknown" }])
    await sink.close()
  })

  it("wait for news, ask for the token, and are given out anew when nobody acknowledges them", async () => {
    const token = join(testDir(), "token")
    writeFileSync(token, "secret")
    const { sink, items, poll } = await started(`&token-file=${token}&timeout=1`)
    expect((await poll({})).status).toBe(401)
    const shown = { authorization: "Bearer secret" }
    const waiting = poll({}, shown)
    await expect(sink.write(items.slice(0, 1))).rejects.toThrow("did not acknowledge 1 tokens within 1000 ms")
    expect(Object.keys((await waiting).body.sets!)).toEqual(["1/0/0"])
    const writing = sink.write(items.slice(0, 1))
    await poll({ ack: Object.keys((await poll({}, shown)).body.sets!), maxEvents: 0 }, shown)
    expect(await writing).toEqual([])
    await sink.close()
  })
})
