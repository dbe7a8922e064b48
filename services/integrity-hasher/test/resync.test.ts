/** What a resync does to the chain and to the firmware mark: nothing by the order, everything by the message that it waits for. */
import { hash } from "node:crypto"
import {
  type AssayedMessage,
  type ControlEntry,
  type FirmwareClaim,
  type Knowledge,
  type MessageClaims,
  NO_KNOWLEDGE,
  type ReasonCode,
  type StateView,
  type TrustBundle,
  type Verdict,
} from "@assay/trust"
import { describe, expect, test } from "vitest"
import { applyIntegrity } from "../src/apply.ts"
import type { Incidents } from "../src/incidents.ts"
import { judgeIntegrity } from "../src/judge.ts"
import type { IntegrityState } from "../src/state.ts"
import { digestOf, entryOf, PASS, viewOf } from "./device.ts"

const DAY = 86_400_000
const DEVICE = "did:key:zDevice"
const VALUE = digestOf("the one-time value")
const fw = (svn: number): FirmwareClaim => ({
  vendor: "acme",
  class: "pump",
  digest: `digest ${svn}`,
  version: `${svn}.0`,
  svn,
})
const KNOWN: Knowledge = {
  ...NO_KNOWLEDGE,
  bundle: {
    hash: "ab".repeat(32),
    version: 1,
    expires: 2e12,
    body: { firmware: [1, 5].map((svn) => ({ ...fw(svn), status: "good" })), minimumSvn: {} } as unknown as TrustBundle,
  },
}
const warned = (code: ReasonCode): Verdict => ({ ...PASS, outcome: "warn", reasons: [code] })
const CONTESTED = warned("identity.contested")
const RESYNCED = warned("identity.resynced")

class Partition {
  state: IntegrityState | undefined
  time = 1_790_000_000_000
  #seq = 0

  get view(): StateView<IntegrityState, Incidents> {
    return { ...viewOf(), get: () => this.state }
  }

  order(): void {
    const value = hash("sha256", Buffer.from(VALUE, "base64url"), "base64url")
    const what = {
      kind: "command",
      verb: "resync",
      target: DEVICE,
      value,
      signers: ["a", "b"],
      reason: "test",
    } as const
    const control: ControlEntry = {
      kind: "control",
      origin: { epoch: 1, partition: 0, offset: 1 },
      time: this.time,
      knowledge: NO_KNOWLEDGE,
      control: { accepted: true, reasons: [], what },
    }
    for (const [, state] of applyIntegrity(control, { ...this.view, shared: undefined }).states)
      this.state = state ?? undefined
  }

  /** Judges one message of the device; its reasons, and the incidents that it leaves. */
  say(claims: Partial<MessageClaims>, identity: Verdict): { readonly reasons: string; readonly events: number } {
    const seq = this.#seq++
    const verdicts: AssayedMessage["verdicts"] = { ...entryOf({}).message.verdicts, identity }
    const entry = entryOf({ seq, digest: digestOf(`said ${seq}`), ...claims }, KNOWN, { verdicts })
    const judged = judgeIntegrity({ ...entry, time: this.time }, this.state, this.view)
    this.state = judged.state ?? this.state
    const reasons = judged.verdict!.reasons.map((code) => code.replace("integrity.", "")).join()
    return { reasons, events: judged.events?.length ?? 0 }
  }
}

/** Counters one after the other, each of which names something else than the one before. */
const broken = (partition: Partition, count = 4): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, n) => partition.say({ prv: digestOf(`lost ${n}`) }, CONTESTED).reasons)

const known = (svn = 5): Partition => {
  const partition = new Partition()
  partition.say({ fw: fw(svn) }, PASS)
  expect(partition.state).toMatchObject({ svn })
  return partition
}

describe("while a resync is waited for", () => {
  test("a contested chain breaks nowhere: operators have said that the device lost its place", () => {
    const partition = known()
    partition.order()
    expect(broken(partition)).toEqual(Array(4).fill("chain_pending"))
  })

  test("it breaks where no order was given, and again once the value is good no more", () => {
    const expected = ["chain_pending", "chain_broken", "chain_broken", "chain_broken"]
    expect(broken(known())).toEqual(expected)
    const partition = known()
    partition.order()
    partition.time += 7 * DAY
    expect(broken(partition)).toEqual(expected)
  })

  test("also where nothing was known of the device", () => {
    const partition = new Partition()
    partition.order()
    expect(broken(partition)).toEqual(Array(4).fill("chain_pending"))
  })

  test("the firmware mark stands, and is held against nothing that is contested", () => {
    const partition = known()
    partition.order()
    expect(partition.state).toMatchObject({ svn: 5 })
    expect(partition.say({ seq: 90, fw: fw(1) }, CONTESTED).reasons).toBe("chain_pending")
    expect(partition.state).toMatchObject({ svn: 5 })
    partition.time += 7 * DAY
    expect(partition.say({ seq: 190, fw: fw(1) }, CONTESTED).reasons).toContain("firmware_rolled_back")
  })
})

describe("the message that is waited for", () => {
  test("begins the chain anew, with the firmware that it claims", () => {
    const partition = known()
    partition.order()
    broken(partition)
    const first = partition.say({ epo: 7, seq: 0, prv: VALUE, digest: digestOf("first"), fw: fw(1) }, RESYNCED)
    expect(first).toEqual({ reasons: "", events: 1 })
    expect(partition.state).toMatchObject({ epo: 7, svn: 1, resyncUntil: 0 })
    expect(partition.state!.aside).toHaveLength(0)
    expect(partition.say({ epo: 7, seq: 1, prv: digestOf("first"), fw: fw(1) }, PASS).reasons).toBe("")
  })

  test("is what identity-resolver found, not what bears the value: that may be old, or late", () => {
    const partition = known()
    partition.order()
    const { svn, head } = partition.state!
    partition.say({ prv: VALUE, fw: fw(1) }, CONTESTED)
    partition.time += 7 * DAY
    expect(partition.say({ seq: 1, prv: VALUE, fw: fw(1) }, PASS).reasons).toContain("firmware_rolled_back")
    expect(partition.state).toMatchObject({ svn, head: head + 1 })
  })
})
