/** A node that issues passports: over HTTP, to who was trusted by the five stages, and openable by what a device carries. */
import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, policyText, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { openNode } from "@assay/node"
import { openPassport, openSlice, openSnapshot, type Passport, type Slice } from "@assay/passport"
import { SLICE_TYPE } from "@assay/passport/issue"
import { cutSlice, DEFAULT_LIMITS } from "@assay/passport-issuer"
import { parsePolicy } from "@assay/segmentation"
import { signerOfKey } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import { plainNode } from "@assay/testkit/plain-node"
import { expect, it } from "vitest"

const STEP_MS = 120_000
const signer = signerOfKey(generateKeyPairSync("ed25519").privateKey)

const enrolled = async (world: World, device: Device, node: Awaited<ReturnType<typeof openNode>>): Promise<void> => {
  const say = async (bytes: Uint8Array): Promise<void> => {
    await node.log.append({ stream: STREAMS.submitted, partition: 0 }, [
      encodeSubmitted(Buffer.from(device.did), envelopeOf(bytes)),
    ])
  }
  for (const [kind, body] of world.signedItems) await publishKnowledge(node.log, kind, body)
  await say(device.presentation().bytes)
  await node.settled()
  for (let n = 0; n < 12; n++) await say(device.message().bytes)
  await node.settled()
}

it("gives a trusted device its passport, its slice and a snapshot, which it opens itself", {
  timeout: STEP_MS,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-passports-"))
  const now = Math.floor(Date.now() / 1_000)
  const world = new World({ seed: "passports", now })
  const device = world.device("one")
  const problems: Array<string> = []
  const node = await openNode(SERVICES, {
    ...plainNode(join(dir, "data"), world.rootSet),
    passportKey: signer,
    onProblem: (what, cause) => problems.push(`${what}: ${(cause as Error).message}`),
  })
  try {
    const cut = cutSlice(parsePolicy(policyText(now)).policy!, {
      zone: "field",
      version: 1,
      trustDomain: world.trustDomain,
      signers: [signer.did],
      limits: DEFAULT_LIMITS,
      issued: (now - 60) * 1_000,
      expires: (now + 86_400) * 1_000,
    })
    await enrolled(world, device, node)
    await publishKnowledge(
      node.log,
      "passport-policy",
      dsseSign(SLICE_TYPE, Buffer.from(JSON.stringify(cut)), world.roots.slice(0, 2)),
    )
    await node.settled()

    const get = (path: string): Promise<Response> => fetch(new URL(path, node.url!))
    const eventually = async (path: string): Promise<Response> => {
      for (;;) {
        const answer = await get(path)
        if (answer.status === 200) return answer
        await answer.arrayBuffer()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    const slice = (await openSlice(
      new Uint8Array(await (await eventually("/v1/passport-policies/field")).arrayBuffer()),
      world.rootSet,
      null,
    )) as Slice
    expect(slice).toEqual(cut)
    const body = (await (await eventually(`/v1/passports/${device.did}`)).json()) as {
      jwt: string
      cwt: string
      zone: string
    }
    const passport = (await openPassport(Buffer.from(body.cwt, "base64url"), slice)) as Passport
    expect(passport).toMatchObject({ sub: device.did, iss: signer.did, m2m: { zone: "field", trust: "trusted" } })
    expect(await openPassport(Buffer.from(body.jwt), slice)).toMatchObject({ jti: passport.jti })
    const nonce = Buffer.alloc(16, 9).toString("base64url")
    const snapshot = new Uint8Array(await (await get(`/v1/revocations?nonce=${nonce}`)).arrayBuffer())
    expect(await openSnapshot(snapshot, slice, null)).toMatchObject({ nonce, aud: world.trustDomain })
    expect((await get("/v1/passports/did:key:zNobody")).status).toBe(404)
    expect((await get("/v1/revocations?nonce=short")).status).toBe(400)
    expect(problems).toEqual([])
  } finally {
    await node.close()
    rmSync(dir, { recursive: true, force: true })
  }
})
