/** `assay resolver` as a process of its own, with a host that answers: from a new did:webvh to a device that counts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { envelopeOf, World } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { partitionOf } from "@assay/log"
import { openNode } from "@assay/node"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import { assay, assayProcess, startUntil } from "@assay/testkit/cli"
import { plainNode } from "@assay/testkit/plain-node"
import { expect, it } from "vitest"
import { readKey } from "../../src/keys.ts"
import { SERVICES } from "../../src/services.ts"

const HOST = "id.test.example"
const PARTITIONS = 2

it.skipIf(!hasOpenssl)(
  "fetches what a device is turned away for, and the device counts",
  { timeout: 120_000 },
  async () => {
    const cwd = mkdtempSync(join(tmpdir(), "assay-resolver-"))
    const world = new World({ seed: "resolver process", now: Math.floor(Date.now() / 1_000) })
    makeAuthority(cwd, "authority")
    const { cert, key } = issue(cwd, "authority", HOST, `DNS:${HOST}`)
    const host = createServer({ cert, key }, (request, response) => {
      response.writeHead(request.url === "/.well-known/did.jsonl" ? 200 : 404, { "content-type": "text/jsonl" })
      response.end(request.url === "/.well-known/did.jsonl" ? readFileSync(join(cwd, "did.jsonl")) : "")
    })
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve))
    const node = await openNode(SERVICES, {
      ...plainNode(join(cwd, "data"), world.rootSet),
      partitions: PARTITIONS,
      onProblem: (what, cause) => {
        throw new Error(what, { cause })
      },
    })
    try {
      writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
      for (const name of ["update", "next", "device", "resolver"])
        await assay(["keygen", "--out", `${name}.json`], { cwd })
      const made = await assay(
        [
          "did",
          "new",
          "--host",
          HOST,
          "--key",
          "update.json",
          "--next",
          "next.json",
          "--device",
          "one=device.json",
          "--out",
          "did.jsonl",
        ],
        { cwd },
      )
      const did = made.out.trim()
      const resolvers = { dids: [readKey(join(cwd, "resolver.json")).did] }
      const bundle = signBundle({ ...world.bundle, version: 10, resolvers }, world.roots.slice(0, 2))
      await publishKnowledge(node.log, "bundle", bundle)
      await publishKnowledge(node.log, "policy", world.signedPolicy)
      const device = world.deviceAs(
        { did, kid: `${did}#one`, alg: "Ed25519", key: readKey(join(cwd, "device.json")).key },
        "one",
      )
      writeFileSync(join(cwd, "credential.txt"), device.profile.credentials[0]!)
      const present = async (): Promise<void> => {
        const args = [
          "sign",
          "--key",
          "device.json",
          "--as",
          `${did}#one`,
          "--aud",
          device.profile.audience,
          "--present",
          "credential.txt",
        ]
        const { out, err, code } = await assay(args, { cwd })
        if (code !== 0) throw new Error(err)
        await node.log.append({ stream: STREAMS.submitted, partition: partitionOf(did, PARTITIONS) }, [
          encodeSubmitted(Buffer.from(did), envelopeOf(Buffer.from(out.trim()))),
        ])
      }
      const { port } = host.address() as AddressInfo
      const allow = ["--allow", `${HOST}:${port}@127.0.0.1/32`]
      const env = { NODE_EXTRA_CA_CERTS: join(cwd, "authority.pem") }
      const looked = await assayProcess(["resolver", ...allow, did], { cwd, env })
      expect(looked).toMatchObject({ code: 0, out: readFileSync(join(cwd, "did.jsonl"), "utf8") })
      const refused = await assayProcess(["resolver", "--allow", "other.example", did], { cwd, env })
      expect(refused).toMatchObject({ code: 1, out: expect.stringMatching(/not_allowed/) })

      const args = [
        "resolver",
        "--key",
        "resolver.json",
        ...allow,
        "--roots",
        "roots.json",
        "--data",
        "data",
        "--url",
        node.url!,
        "--metrics",
        "0",
      ]
      const running = await startUntil(args, { cwd, env }, /metrics at (\S+)\/metrics[\s\S]*vouches for documents/)
      const decided = async (): Promise<number> => {
        const at = { stream: STREAMS.annotated, partition: partitionOf(did, PARTITIONS) }
        const records = await node.log.read(at, 0, 1_000, 8 << 20)
        return records.filter(({ value }) => decodeAssayed(value).claims?.iss === did).length
      }
      await present()
      while ((await decided()) === 0) {
        await delay(1_000)
        await present()
      }
      const [, url] = running.said
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
      const metrics = await (await fetch(`${url}/metrics`)).text()
      expect(metrics).toMatch(/^assay_resolver_handed_in_total\{item="did-document"\} 1$/m)
      expect(metrics).toMatch(/^assay_resolver_look_duration_seconds_count\{method="webvh",outcome="found"\} 1$/m)
      expect(metrics).toMatch(/^assay_resolver_failures_total\{item="did-document"\} 0$/m)
      expect(await running.stop("SIGTERM")).toMatchObject({ code: 0 })
    } finally {
      await node.close()
      host.closeAllConnections()
      host.close()
      rmSync(cwd, { recursive: true, force: true })
    }
  },
)
