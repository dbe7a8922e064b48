/** What a security engineer is promised: a quarantine is in rsyslog, over TLS, within two seconds, with all that explains it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { envelopeOf, World } from "@assay/fleet"
import { type OpenNode, openNode, readSinks } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { hasOpenssl, issue, makeAuthority } from "@assay/testkit/certificates"
import { plainNode } from "@assay/testkit/plain-node"
import { hasReceiver, type Received, sayWhichReceiversMiss, startReceiver } from "@assay/testkit/syslog"
import { afterEach, beforeEach, expect, it, vi } from "vitest"

sayWhichReceiversMiss("test/system/services/siem.test.ts")

const STEP_MS = 120_000
/** From the append of the message that convicts to the line in the receiver's file. */
const PROMISED_MS = 2_000

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-siem-"))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const say = async ({ log }: OpenNode, did: string, ...messages: ReadonlyArray<Uint8Array>): Promise<void> => {
  const records = messages.map((bytes) => encodeSubmitted(Buffer.from(did), envelopeOf(bytes)))
  await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
}

it.skipIf(!hasReceiver("rsyslog") || !hasOpenssl)(
  "a copied key shows up with severity, technique and device; verified messages do not, where nobody asked for them",
  async () => {
    makeAuthority(dir, "ca")
    issue(dir, "ca", "siem")
    const [ca, cert, key] = ["ca.pem", "siem.pem", "siem.key"].map((file) => join(dir, file)) as [
      string,
      string,
      string,
    ]
    const receiver = await startReceiver("rsyslog", { dir, tls: { ca, cert, key } })
    const world = new World({ seed: "siem", now: Math.floor(Date.now() / 1000) })
    const device = world.device("pump-1")
    const node = await openNode(SERVICES, {
      ...plainNode(join(dir, "data"), world.rootSet),
      sinks: readSinks(`soc=syslog+tls://127.0.0.1:${receiver.port}?ca=${ca}&severity=medium;quarantined+rejected`),
      onProblem: () => undefined,
    })
    try {
      await publishKnowledge(node.log, "bundle", world.signedBundle)
      await publishKnowledge(node.log, "policy", world.signedPolicy)
      await say(
        node,
        device.did,
        device.presentation().bytes,
        ...Array.from({ length: 10 }, () => device.message().bytes),
      )
      await node.settled()
      await node.sinks.get("soc")!.settled()
      const copy = device.copy()
      copy.wander(4)
      await say(node, device.did, device.message().bytes)
      const from = performance.now()
      await say(node, device.did, copy.message().bytes)
      const convictions = (): ReadonlyArray<Received> =>
        receiver.received().filter(({ parameters }) => parameters["device"] === device.did)
      await vi.waitFor(() => expect(convictions().length).toBeGreaterThan(0), { timeout: STEP_MS / 2, interval: 10 })
      const took = performance.now() - from
      expect(convictions()[0]).toMatchObject({
        level: 2,
        facility: 10,
        id: "identity.equivocation",
        parameters: {
          outcome: "quarantined",
          disposition: "quarantined",
          severity: "critical",
          technique: "T0859",
          device: device.did,
          reasons: expect.stringContaining("identity.equivocation"),
          remedy: expect.stringMatching(/^Take the device out of service/),
        },
      })
      expect(took).toBeLessThan(PROMISED_MS)
      await node.sinks.get("soc")!.settled()
      const { passedBy, exported } = node.sinks.get("soc")!.metrics()
      expect({ passedBy, exported }).toEqual({ passedBy: 0, exported: convictions().length })
    } finally {
      await node.close()
      await receiver.stop()
    }
  },
  STEP_MS,
)
