import { describe, expect, it } from "vitest"
import { AUDIENCE, bundle, Driver, device, digestOf, GENESIS, judged, NOW, submit, summary } from "./fixtures.ts"

const pump = device()
const clone = pump
const issuer = device("ES256")
const ISSUER = {
  credentialTypes: [],
  vendors: [],
  measurements: [],
  actions: [],
  maxAssurance: "software" as const,
}

describe("identity-resolver", () => {
  it.each([
    ["Ed25519 and did:key", device("Ed25519")],
    ["ES256 and did:jwk", device("ES256")],
  ])("passes an honest message by %s and fills in its claims", async (_, from) => {
    const driver = new Driver()
    const [found] = await driver.run([submit(from, from.message())])
    expect(judged(found).verdict).toMatchObject({ outcome: "pass", reasons: [], knowledge: ["ab".repeat(32)] })
    expect(driver.messages[0]!.claims).toMatchObject({ iss: from.did, act: "event", epo: 1, seq: 0 })
  })

  it.each<[string, object, ReadonlyArray<string>]>([
    ["another audience", { aud: "https://other.example/" }, ["rejected", "identity.audience_refused"]],
    ["a look-alike audience", { aud: "https://plant.example.evil/" }, ["rejected", "identity.audience_refused"]],
    ["a device of any deployment as audience", { aud: issuer.did }, ["rejected", "identity.audience_refused"]],
    ["a device of this deployment as audience", { aud: `https://plant.example/${issuer.did}` }, ["pass"]],
    [
      "a device of another deployment as audience",
      { aud: `https://other.example/${issuer.did}` },
      ["rejected", "identity.audience_refused"],
    ],
    ["before the log", { iat: GENESIS - 61 }, ["rejected", "identity.iat_before_genesis"]],
    ["just too far ahead", { iat: NOW + 61 }, ["fail", "identity.future"]],
    ["barely ahead", { iat: NOW + 60 }, ["pass"]],
    ["a stale event", { iat: NOW - 601 }, ["fail", "identity.stale"]],
    ["an old event", { iat: NOW - 600 }, ["pass"]],
    ["a stale command", { act: "command", iat: NOW - 31 }, ["fail", "identity.stale"]],
    ["a stale configuration", { act: "config", iat: NOW - 31 }, ["fail", "identity.stale"]],
    ["a stale firmware order", { act: "firmware", iat: NOW - 31 }, ["fail", "identity.stale"]],
    ["buffered telemetry", { act: "telemetry", body: undefined, senml: [{ n: "t", v: 1 }], iat: NOW - 3600 }, ["pass"]],
    [
      "stale telemetry",
      { act: "telemetry", body: undefined, senml: [{ n: "t", v: 1 }], iat: NOW - 3601 },
      ["fail", "identity.stale"],
    ],
  ])("%s", async (_, members, expected) => {
    expect(await new Driver().outcome(submit(pump, pump.message(members)))).toEqual(expected)
  })

  it("rejects a replay, in the window and below it, in its epoch and after", async () => {
    const driver = new Driver()
    const first = pump.message({ seq: 0 })
    await driver.run([submit(pump, first)])
    expect(await driver.outcome(submit(pump, first))).toEqual(["rejected", "identity.replayed"])
    await driver.run([submit(pump, pump.message({ seq: 30 }))])
    expect(await driver.outcome(submit(pump, first))).toEqual(["rejected", "identity.replayed"])
    await driver.run([submit(pump, pump.message({ epo: 2 }))])
    expect(await driver.outcome(submit(pump, first))).toEqual(["rejected", "identity.replayed"])
  })

  it.each(["mqtt", "onem2m"])(
    "rejects what another device carried, and leaves the signer's own copy new (%s)",
    async (binding) => {
      const driver = new Driver()
      const message = pump.message({ seq: 0 })
      const by = (principal: string | null) => submit(pump, message, { envelope: { binding, principal } })
      expect(await driver.outcome(by(issuer.did))).toEqual(["rejected", "identity.carrier_mismatch"])
      expect(driver.states.size).toBe(0)
      expect(await driver.outcome(by(pump.did))).toEqual(["pass"])
    },
  )

  it.each([
    ["a gateway by a name of its own", "mqtt", "gateway-7"],
    ["nobody that the topic names", "mqtt", null],
    ["another device over HTTP, where a principal is who calls", "http", issuer.did],
  ])("takes what was carried by %s", async (_, binding, principal) => {
    const submission = submit(pump, pump.message({ seq: 0 }), { envelope: { binding, principal } })
    expect(await new Driver().outcome(submission)).toEqual(["pass"])
  })

  it("proves equivocation by naming the earlier message, once", async () => {
    const driver = new Driver()
    const [one, two, three] = [{ n: 1 }, { n: 2 }, { n: 3 }].map((body) => pump.message({ seq: 4, body }))
    await driver.run([submit(pump, one!)])
    const [found] = await driver.run([submit(pump, two!)])
    expect(summary(found!)).toEqual(["fail", "identity.equivocation"])
    const earlier = { epoch: 0, partition: 0, offset: 0 }
    expect(judged(found).events).toEqual([
      { kind: "proof", device: pump.did, reason: "identity.equivocation", earlier },
    ])
    // What is kept of the earlier message is no part of the verdict: a replay must find the same.
    expect(judged(found).verdict.detail).toBe('{"earlierOffset":0}')
    expect(await driver.outcome(submit(pump, two!))).toEqual(["rejected", "identity.replayed"])
    expect(await driver.outcome(submit(pump, three!))).toEqual(["rejected", "identity.replayed"])
    expect(await driver.outcome(submit(pump, one!))).toEqual(["rejected", "identity.replayed"])
  })

  it("finds a second copy that has another next message than the device", async () => {
    const driver = new Driver()
    const head = pump.message({ seq: 40, iat: NOW - 5 })
    await driver.run([submit(pump, head)])
    const own = pump.message({ seq: 41, prv: digestOf(head) })
    const boot = clone.message({ epo: 2, seq: 0, prv: digestOf(head) })
    expect(await driver.outcome(submit(pump, own))).toEqual(["pass"])
    const [found] = await driver.run([submit(pump, boot)])
    expect(summary(found!)).toEqual(["fail", "identity.clone_evidence"])
    expect(judged(found).events).toMatchObject([{ kind: "proof", earlier: { offset: 1 } }])
    // Anybody can repeat the evidence; it counts once.
    expect(await driver.outcome(submit(pump, boot))).toEqual(["rejected", "identity.replayed"])
  })

  it("finds a second copy that goes on in an epoch which the device has left", async () => {
    const driver = new Driver()
    const head = pump.message({ epo: 1, iat: NOW - 9 })
    await driver.run([submit(pump, head)])
    await driver.run([submit(pump, pump.message({ epo: 2, iat: NOW - 8, prv: digestOf(head) }))])
    const late = clone.message({ epo: 1, seq: 1, iat: NOW - 7, prv: digestOf(head) })
    expect(await driver.outcome(submit(pump, late))).toEqual(["fail", "identity.clone_evidence"])
  })

  it("takes no clock for proof: one that was ahead and is set back convicts nobody", async () => {
    // 50 s fast; one message is held; the device boots, its clock is corrected, and the held one arrives.
    const driver = new Driver()
    const first = pump.message({ epo: 1, seq: 0, iat: NOW + 50 })
    const held = pump.message({ epo: 1, seq: 1, iat: NOW + 51, prv: digestOf(first) })
    const boot = pump.message({ epo: 2, seq: 0, iat: NOW + 2, prv: digestOf(held) })
    await driver.run([submit(pump, first)])
    expect(await driver.outcome(submit(pump, boot))).toEqual(["warn", "identity.contested"])
    expect(await driver.outcome(submit(pump, held))).toEqual(["pass"])
    const next = pump.message({ epo: 2, seq: 1, iat: NOW + 3, prv: digestOf(boot) })
    expect(await driver.outcome(submit(pump, next))).toEqual(["pass"])
  })

  it("lets a time in milliseconds move nothing: the thief who goes on far ahead does not become the device", async () => {
    const driver = new Driver()
    const first = pump.message({ seq: 0 })
    const wrong = pump.message({ seq: 1, iat: NOW * 1000, prv: digestOf(first) })
    await driver.run([submit(pump, first)])
    expect(await driver.outcome(submit(pump, wrong))).toEqual(["fail", "identity.future"])
    let [own, other] = [wrong, wrong]
    for (let n = 0; n < 30; n++) {
      other = clone.message({ seq: 22 + n, iat: NOW + n, prv: n === 0 ? "Q".repeat(43) : digestOf(other) })
      const stolen = submit(pump, other, { time: NOW + n })
      expect(await driver.outcome(stolen), `the thief's ${n}`).toEqual(
        n < 21 ? ["warn", "identity.contested"] : expect.arrayContaining([expect.stringMatching(/fail|warn|rejected/)]),
      )
      own = pump.message({ seq: 2 + n, iat: NOW + n, prv: digestOf(own) })
      const outcome = await driver.outcome(submit(pump, own, { time: NOW + n }))
      if (n < 19) expect(outcome, `the device's ${n}`).toEqual(["pass"])
      // On the place before the thief's first one it is not what that one named: a fork, and no winner.
      if (n === 19) expect(outcome).toEqual(["fail", "identity.clone_evidence"])
    }
  })

  it("does not punish reordering", async () => {
    const driver = new Driver()
    const sent: Array<Uint8Array> = []
    for (let seq = 0; seq < 16; seq++)
      sent.push(pump.message({ seq, iat: NOW - 20 + seq, ...(seq === 0 ? {} : { prv: digestOf(sent[seq - 1]!) }) }))
    const order = [0, 3, 2, 1, 15, 4, 9]
    const found = await driver.run(order.map((seq) => submit(pump, sent[seq]!)))
    const [late, good] = [["warn", "identity.contested"], ["pass"]]
    expect(found.map(summary)).toEqual([good, late, late, good, late, good, late])
  })

  it.each<[string, object, string]>([
    ["an epoch jump", { epo: 66 }, "identity.epoch_jump"],
    ["a jump of the counter", { seq: 100_001 }, "identity.sequence_jump"],
    ["a jump of the counter in a new epoch", { epo: 2, seq: 100_001 }, "identity.sequence_jump"],
  ])("names %s, and holds it against nobody", async (_, members, reason) => {
    const driver = new Driver()
    const first = pump.message()
    await driver.run([submit(pump, first)])
    const far = pump.message({ prv: "Q".repeat(43), ...members })
    expect(await driver.outcome(submit(pump, far))).toEqual(["warn", "identity.contested", reason])
    expect(await driver.outcome(submit(pump, far))).toEqual(["rejected", "identity.replayed"])
    expect(await driver.outcome(submit(pump, pump.message({ seq: 1, prv: digestOf(first) })))).toEqual(["pass"])
    const linked = new Driver()
    await linked.run([submit(pump, first)])
    const named = pump.message({ prv: digestOf(first), ...members })
    expect(await linked.outcome(submit(pump, named))).toEqual(["warn", reason])
  })

  it("refuses the future, holds it against nobody, and goes on behind it", async () => {
    const driver = new Driver()
    const first = pump.message()
    await driver.run([submit(pump, first)])
    const ahead = pump.message({ seq: 1, iat: NOW + 100, prv: digestOf(first) })
    expect(await driver.outcome(submit(pump, ahead))).toEqual(["fail", "identity.future"])
    expect(await driver.outcome(submit(pump, ahead))).toEqual(["rejected", "identity.replayed"])
    expect(await driver.outcome(submit(pump, pump.message({ seq: 2, prv: digestOf(ahead) })))).toEqual(["pass"])
  })

  it("lets a new device start anywhere", async () => {
    expect(await new Driver().outcome(submit(pump, pump.message({ epo: 900, seq: 5_000_000 })))).toEqual(["pass"])
  })

  it("refuses issuers and operators as devices", async () => {
    const active = bundle({ operators: [{ did: pump.did, rights: [] }] })
    const driver = new Driver()
    expect(await driver.outcome(submit(pump, pump.message(), { bundle: active }))).toEqual([
      "fail",
      "identity.role_refused",
    ])
    expect(await driver.outcome(submit(pump, pump.presentation(), { bundle: active }))).toEqual([
      "rejected",
      "identity.role_refused",
    ])
  })

  it.each([
    ["an issuer", (did: string) => bundle({ issuers: [{ ...ISSUER, did }] })],
    ["an operator", (did: string) => bundle({ operators: [{ did, rights: [] }] })],
  ])("refuses the key of %s by any of its DIDs", async (role, bundleWith) => {
    const asJwk = device("Ed25519", "jwk")
    const asKey = device("Ed25519", "key", asJwk.key)
    for (const [listed, speaker] of [
      [asKey, asJwk],
      [asJwk, asKey],
    ] as const) {
      const active = bundleWith(listed.did)
      const driver = new Driver()
      expect(listed.did).not.toBe(speaker.did)
      expect(await driver.outcome(submit(speaker, speaker.message(), { bundle: active }))).toEqual([
        "fail",
        "identity.role_refused",
      ])
      const [shown] = await driver.run([submit(speaker, speaker.presentation(), { bundle: active })])
      expect(shown?.rejection).toEqual({
        reason: "identity.role_refused",
        detail: `the key of ${speaker.did} is that of ${role}`,
        signed: true,
      })
    }
  })

  it("refuses the key of a root by any of its DIDs", async () => {
    const asJwk = device("ES256", "jwk")
    const root = device("ES256", "key", asJwk.key)
    const roots = { roots: [root.did], threshold: 1 }
    for (const speaker of [root, asJwk])
      expect(await new Driver().outcome(submit(speaker, speaker.message(), { roots }))).toEqual([
        "fail",
        "identity.role_refused",
      ])
  })

  it("holds nothing against a device without a trust bundle, whatever its place and time", async () => {
    const driver = new Driver()
    for (const members of [{ epo: 900 }, { seq: 5_000_000 }, { iat: NOW + 3_600 }, {}, { body: { n: 1 } }])
      expect(await driver.outcome(submit(pump, pump.message(members), { bundle: null }))).toEqual([
        "warn",
        "identity.knowledge_missing",
      ])
    expect(driver.states.size).toBe(0)
  })

  it("warns without a trust bundle and records no position", async () => {
    const driver = new Driver()
    const early = submit(pump, pump.message({ aud: "https://other.example/" }), { bundle: null })
    expect(await driver.outcome(early)).toEqual(["warn", "identity.knowledge_missing"])
    expect(driver.states.size).toBe(0)
  })

  describe("presentations", () => {
    it("pass once; repeated, old or early ones are rejected without a word about the device", async () => {
      const driver = new Driver()
      const shown = pump.presentation()
      expect(await driver.outcome(submit(pump, shown))).toEqual(["pass"])
      expect(await driver.outcome(submit(pump, shown))).toEqual(["rejected", "identity.replayed"])
      expect(await driver.outcome(submit(pump, pump.presentation({ vc: ["d.e.f"] })))).toEqual(["pass"])
      expect(await driver.outcome(submit(pump, shown))).toEqual(["rejected", "identity.replayed"])
      expect(await driver.outcome(submit(pump, pump.presentation({ iat: NOW + 1 })))).toEqual(["pass"])
      expect(await driver.outcome(submit(pump, shown))).toEqual(["rejected", "identity.replayed"])
      for (const iat of [NOW - 601, NOW + 61])
        expect(await driver.outcome(submit(pump, pump.presentation({ iat })))).toEqual([
          "rejected",
          "identity.presentation_untimely",
        ])
    })

    it("leave the sequence alone", async () => {
      const driver = new Driver()
      await driver.run([submit(pump, pump.message({ seq: 3 })), submit(pump, pump.presentation())])
      expect(await driver.outcome(submit(pump, pump.message({ seq: 3, body: { n: 1 } })))).toEqual([
        "fail",
        "identity.equivocation",
      ])
    })

    it("of one second are bounded", async () => {
      const driver = new Driver()
      const many = Array.from({ length: 10 }, (_, i) => submit(pump, pump.presentation({ vc: [`a.b.c${i}`] })))
      const outcomes = (await driver.run(many)).map((judged) => summary(judged)[0])
      expect(outcomes).toEqual([...Array(8).fill("pass"), "rejected", "rejected"])
    })

    describe("of one device have a rate", () => {
      const rate = 12
      const at = (second: number) => submit(pump, pump.presentation({ iat: NOW + second }), { time: NOW + second })

      it("which one without end meets, and nothing but the presentation is refused", async () => {
        const driver = new Driver()
        const endless = await driver.run(Array.from({ length: 600 }, (_, second) => at(second)))
        const passed = endless.filter((one) => summary(one)[0] === "pass").length
        expect(passed).toBeLessThanOrEqual(rate * (1 + 600 / 60))
        expect(passed).toBeGreaterThanOrEqual(rate * (600 / 60))
        const refused = endless.map(summary).filter(([outcome]) => outcome !== "pass")
        expect(new Set(refused.map((one) => one.join(" ")))).toEqual(new Set(["rejected identity.presentation_rate"]))
        expect(await driver.outcome(submit(pump, pump.message({ seq: 0 }), { time: NOW + 600 }))).toEqual(["pass"])
        expect(await driver.outcome(at(600 + 60 / rate))).toEqual(["pass"])
      })

      it("that a device which starts again every ten seconds does not meet", async () => {
        const restarts = await new Driver().run(Array.from({ length: 360 }, (_, i) => at(10 * i)))
        expect(new Set(restarts.map((one) => summary(one).join(" ")))).toEqual(new Set(["pass"]))
      })

      it("from which whoever repeats, early, late or exactly, takes nothing", async () => {
        const driver = new Driver()
        expect(await driver.outcome(at(0))).toEqual(["pass"])
        const state = driver.states.get(pump.did)
        for (let i = 0; i < 3; i++) {
          await driver.run(Array.from({ length: 50 }, () => at(0)))
          await driver.run(Array.from({ length: 50 }, () => submit(pump, pump.presentation({ iat: NOW - 601 }))))
        }
        expect(driver.states.get(pump.did)).toEqual(state)
        const left = await driver.run(
          Array.from({ length: rate - 1 }, (_, i) => submit(pump, pump.presentation({ iat: NOW + 1 + i }))),
        )
        expect(left.map((one) => summary(one)[0])).toEqual(Array(rate - 1).fill("pass"))
      })

      it("and what is beyond it leaves no state, so that it can be sent again later", async () => {
        const driver = new Driver()
        await driver.run(Array.from({ length: rate }, (_, i) => submit(pump, pump.presentation({ iat: NOW + i }))))
        const state = driver.states.get(pump.did)
        const beyond = pump.presentation({ iat: NOW + rate })
        const rejected = ["rejected", "identity.presentation_rate"]
        expect(await driver.outcome(submit(pump, beyond))).toEqual(rejected)
        expect(await driver.outcome(submit(pump, beyond))).toEqual(rejected)
        expect(driver.states.get(pump.did)).toEqual(state)
        expect(await driver.outcome(submit(pump, beyond, { time: NOW + 60 / rate }))).toEqual(["pass"])
      })

      it("of their own: another device is not touched", async () => {
        const driver = new Driver()
        const other = device()
        await driver.run(Array.from({ length: 40 }, (_, i) => submit(pump, pump.presentation({ iat: NOW + i }))))
        expect(await driver.outcome(submit(other, other.presentation()))).toEqual(["pass"])
      })
    })
  })

  it("gives the same verdicts, states and proofs in any batch split", async () => {
    const one = device()
    const two = device("ES256")
    const [begin, start] = [one.message({ seq: 0 }), two.message({ seq: 0 })]
    const boot = two.message({ epo: 2, iat: NOW + 1, prv: digestOf(start) })
    const far = one.message({ seq: 30, iat: NOW - 3 })
    const story = [
      submit(one, begin),
      submit(two, start),
      submit(one, one.message({ seq: 0, body: { n: 1 } })),
      submit(one, one.presentation()),
      submit(one, far),
      submit(one, one.message({ seq: 31, prv: digestOf(far) }), { time: NOW + 61 }),
      submit(two, boot),
      submit(two, two.message({ epo: 1, seq: 3, iat: NOW + 2 })),
      submit(one, one.message({ seq: 30, body: { n: 2 } })),
      submit(one, one.message({ seq: 2, iat: NOW + 5 })),
    ]
    const whole = new Driver()
    const expected = await whole.run(story)
    expect(expected.map((judged) => summary(judged)[0])).toEqual(
      "pass pass fail pass warn pass pass fail fail warn".split(" "),
    )
    for (const batch of [1, 2, 3, 5]) {
      const split = new Driver()
      expect(await split.run(story, batch)).toEqual(expected)
      expect(split.states).toEqual(whole.states)
    }
  })

  it("says how a device is addressed", async () => {
    const [found] = await new Driver().run([submit(pump, pump.message({ aud: issuer.did }))])
    expect(found?.rejection?.detail).toBe(
      `aud ${issuer.did} names a device and no deployment: write https://plant.example/${issuer.did}`,
    )
  })

  it("keeps no message for another audience in the sequence", async () => {
    const driver = new Driver()
    await driver.run([submit(pump, pump.message({ aud: "https://other.example/" }))])
    expect(await driver.outcome(submit(pump, pump.message({ aud: AUDIENCE })))).toEqual(["pass"])
  })
})
