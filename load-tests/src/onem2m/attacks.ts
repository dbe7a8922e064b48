/** Attacks of oneM2M's communication layer on a real CSE, by somebody who reaches it and holds no device's key. */
import type { Device } from "@assay/fleet"
import { ADMIN, CSE_BASE } from "@assay/infra/onem2m"
import { httpClient, RSC, resourceIn, TYPE, writeTimestamp } from "@assay/ingress/onem2m"
import type { TestAe } from "@assay/testkit/onem2m"
import type { Attempt, CarrierAttack } from "../carrier/attack.ts"
import { changed, messageOf, onEach } from "../carrier/attempts.ts"
import type { CarrierStage } from "../carrier/demonstrate.ts"
import type { AdapterCounts } from "./site.ts"

/** Who speaks, and where. */
export interface Talker {
  readonly device: Device
  readonly ae: TestAe
}

export interface CseStage extends CarrierStage<Talker> {
  readonly cseUrl: string
  /** What the adapter tells of itself. */
  counts(): Promise<AdapterCounts>
}

const IN_CSE = (rsc: number): string => (rsc === RSC.created ? "made the content instance (2001)" : `answered ${rsc}`)

/** A content instance by a request whose originator is whatever it says. */
const write = async (
  { cseUrl }: CseStage,
  originator: string,
  { ae }: Talker,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Attempt> => {
  const answer = await fetch(`${cseUrl}/~${ae.container}`, {
    method: "POST",
    headers: {
      "content-type": "application/json;ty=4",
      "x-m2m-origin": originator,
      "x-m2m-ri": `attack-${Math.random()}`,
      "x-m2m-rvi": "4",
      ...headers,
    },
    body: JSON.stringify({ "m2m:cin": { con: Buffer.from(bytes).toString(), cnf: "application/jose:0" } }),
  })
  return { carrier: IN_CSE(Number(answer.headers.get("x-m2m-rsc"))), stopped: null, bytes }
}

/** What the CSE knows of the adapter's subscription: whoever has broken into the CSE has it too. */
const subscriptionOf = async ({ cseUrl }: CseStage, { ae }: Talker) => {
  const admin = httpClient({ url: new URL(cseUrl), originator: ADMIN })
  const found = await admin.request({ operation: "retrieve", to: `${ae.container}/assay-CAssayIngress` })
  const container = await admin.request({ operation: "retrieve", to: ae.container })
  await admin.close()
  const { ri, nu } = resourceIn(found, "the adapter's subscription", RSC.ok)
  const { ri: pi } = resourceIn(container, "the container", RSC.ok)
  return { subscriptionId: String(ri), notifyAt: (nu as [string])[0], containerId: String(pi) }
}

let instances = 0

/** A notification to the adapter, as the CSE would send it or not. */
const notify = async (
  stage: CseStage,
  talker: Talker,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
  resourceId = `cinForged${++instances}`,
): Promise<Attempt> => {
  const { subscriptionId, notifyAt, containerId } = await subscriptionOf(stage, talker)
  const cin = { ri: resourceId, pi: containerId, ct: writeTimestamp(Date.now()), con: Buffer.from(bytes).toString() }
  const answer = await fetch(notifyAt, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-m2m-origin": `/${CSE_BASE.split("/")[1]}`,
      "x-m2m-ri": `attack-${Math.random()}`,
      "x-m2m-rvi": "4",
      "x-m2m-ot": writeTimestamp(Date.now()),
      ...headers,
    },
    body: JSON.stringify({ "m2m:sgn": { sur: `/id-in/${subscriptionId}`, nev: { net: 3, rep: { "m2m:cin": cin } } } }),
  })
  const rsc = Number(answer.headers.get("x-m2m-rsc"))
  return { carrier: "has no part in it", stopped: rsc === RSC.ok ? null : String(rsc), bytes }
}

const UNSIGNED = [Buffer.from('{"temperature":21.5}'), Buffer.from("on")]

export const CSE_DEMO_ATTACKS: ReadonlyArray<CarrierAttack<CseStage>> = [
  {
    title: "X-M2M-Origin forged: another device's message in a device's container",
    expect: { by: "identity", reason: "identity.carrier_mismatch", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(stage.mallory)
        const attempt = await write(stage, victim.ae.aeId, victim, bytes)
        // It left nothing behind: the signer's own copy still counts, and is among the honest ones.
        await stage.say(stage.mallory, bytes)
        return [attempt]
      }),
  },
  {
    title: "X-M2M-Origin forged as the administrator of the CSE, a value changed",
    expect: { by: "identity", reason: "identity.signature_invalid", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(victim)
        const attempt = await write(stage, ADMIN, victim, changed(bytes))
        await stage.say(victim, bytes)
        return [attempt]
      }),
  },
  {
    title: "Values without signature in a device's name",
    expect: { by: "identity", reason: "identity.malformed_jws", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, (victim) =>
        Promise.all(
          UNSIGNED.map((bytes) =>
            write(stage, victim.ae.aeId, victim, Buffer.concat([bytes, Buffer.from(` ${victim.ae.aeId}`)])),
          ),
        ),
      ),
  },
  {
    title: "A request identifier used again: the same request makes another instance",
    expect: { by: "identity", reason: "identity.replayed", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(victim)
        await stage.say(victim, bytes)
        const headers = { "x-m2m-ri": "used-before" }
        await write(stage, victim.ae.aeId, victim, bytes, headers)
        return [await write(stage, victim.ae.aeId, victim, bytes, headers)]
      }),
  },
  {
    title: "A content instance changed inside the CSE",
    expect: { by: "identity", reason: "identity.signature_invalid", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(victim)
        const attempt = await notify(stage, victim, changed(bytes))
        await stage.say(victim, bytes)
        return [{ ...attempt, carrier: "was broken into: whoever controls it changes what it tells" }]
      }),
  },
  {
    title: "A notification in another name than that of the CSE",
    expect: { by: "adapter", reason: String(RSC.originatorHasNoPrivilege), outcome: null },
    run: (stage) =>
      onEach(stage, async (victim) => [
        await notify(stage, victim, UNSIGNED[0]!, { "x-m2m-origin": ADMIN }),
        await notify(stage, victim, UNSIGNED[0]!, { "x-m2m-origin": victim.ae.aeId }),
      ]),
  },
  {
    title: "A notification with a request identifier that was used for another",
    expect: { by: "adapter", reason: String(RSC.badRequest), outcome: null },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const headers = { "x-m2m-ri": `again-${victim.ae.aeId}` }
        const bytes = messageOf(victim)
        await notify(stage, victim, bytes, headers)
        await stage.say(victim, bytes)
        return [await notify(stage, victim, UNSIGNED[0]!, headers)]
      }),
  },
  {
    title: "A captured notification, an hour later",
    expect: { by: "adapter", reason: String(RSC.badRequest), outcome: null },
    run: (stage) =>
      onEach(stage, async (victim) => [
        await notify(stage, victim, UNSIGNED[0]!, { "x-m2m-ot": writeTimestamp(Date.now() - 3_600_000) }),
      ]),
  },
  {
    title: "A stranger's subscription turned to the adapter",
    expect: { by: "adapter", reason: String(RSC.notFound), outcome: null },
    run: async (stage) => {
      const { notifyAt } = await subscriptionOf(stage, stage.victims[0]!)
      const { client, container } = stage.mallory.ae
      const before = (await stage.counts()).refused["subscription"] ?? 0
      const content = { "m2m:sub": { rn: "turned", nu: [notifyAt], enc: { net: [3] }, nct: 1 } }
      const made = await client.request({ operation: "create", to: container, type: TYPE.subscription, content })
      const refused = ((await stage.counts()).refused["subscription"] ?? 0) - before
      return [
        {
          carrier: `asks the adapter (vrq), which refuses, and answers ${made.rsc}`,
          stopped: refused > 0 ? String(RSC.notFound) : null,
          bytes: null,
        },
      ]
    },
  },
  {
    title: "A compromised CSE keeps content instances back for good",
    expect: { by: "identity", reason: "identity.contested", outcome: "annotated" },
    run: async (stage) => {
      const [victim] = stage.victims.slice(-1) as [Talker]
      for (let dropped = 0; dropped < 80; dropped++) messageOf(victim)
      const said: Array<Attempt> = []
      for (let nth = 0; nth < 3; nth++) {
        const bytes = messageOf(victim)
        await stage.say(victim, bytes)
        said.push({ carrier: "was broken into: it tells of no instance that it keeps", stopped: null, bytes })
      }
      return said
    },
  },
]
