/**
 * The handshake against an attacker who carries every message (Dolev and Yao): it may drop, repeat, reorder, mix and make up
 * whatever it has the parts for, in all sessions at once, and has a passport and key of its own. Every reachable state is
 * visited. The state machine is the real one; only keys and passports are symbols, so that no search breaks a signature.
 */
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { inputOf, type Role, transcriptOf } from "../../src/handshake/transcript.ts"
import { ANSWER, encodeStep, FINISH, HELLO } from "../../src/handshake/wire.ts"
import {
  awaitHandshake,
  beginHandshake,
  type Checks,
  type HandshakeState,
  type Own,
  type Passport,
  stepHandshake,
} from "../../src/index.ts"

type Name = "A" | "B" | "M"

interface Session {
  readonly who: Name
  readonly role: Role
  readonly channel: string
  /** Left out: one of its own. */
  readonly nonce?: string
}

const digest = (text: string | Uint8Array): Uint8Array => createHash("sha256").update(text).digest()
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const passportOf = (who: Name): Uint8Array => Buffer.from(`passport of ${who}`)
const signatureOf = (who: string, input: Uint8Array): Uint8Array => digest(`${who} signs ${hex(input)}`)

const NAMES: ReadonlyArray<Name> = ["A", "B", "M"]

const checks = (hash: (bytes: Uint8Array) => Uint8Array): Checks => ({
  open: async (bytes) => {
    const sub = NAMES.find((name) => hex(passportOf(name)) === hex(bytes))
    return sub === undefined ? { reason: "passport.malformed", detail: "" } : ({ sub } as unknown as Passport)
  },
  verify: async (peer, input, signature) => hex(signatureOf(peer.sub, input)) === hex(signature),
  hash: async (bytes) => hash(bytes),
})

interface Weakness {
  /** What the transcript holds in place of a hash of these bytes. */
  readonly hash?: (bytes: Uint8Array) => Uint8Array
}

interface Found {
  readonly states: number
  /** Some state has this many sessions done with an honest peer. */
  readonly mostDone: number
  readonly violations: ReadonlySet<string>
}

const explore = async (sessions: ReadonlyArray<Session>, { hash = digest }: Weakness = {}): Promise<Found> => {
  const ports = checks(hash)
  const owns = sessions.map(
    ({ who, channel, nonce }, i): Own => ({
      did: who,
      passport: passportOf(who),
      nonce: digest(nonce ?? `nonce ${i}`),
      channel: Buffer.from(channel),
      sign: async (input) => signatureOf(who, input),
    }),
  )
  const begun = sessions.map(({ role }, i) =>
    role === "initiator" ? beginHandshake(owns[i]!) : { state: awaitHandshake(owns[i]!), send: null },
  )

  const idOf = (transcript: Uint8Array): string => Buffer.from(hash(transcript)).toString("base64url")
  const keyOf = (state: HandshakeState): string => {
    if (state.phase === "answered") return `answered ${state.peer.sub} ${idOf(state.transcript)}`
    return state.phase === "done" ? `done ${state.handshake.peer.sub} ${state.handshake.id}` : state.phase
  }

  /** What a session makes of a message depends on the two alone. */
  const known = new Map<string, { readonly state: HandshakeState; readonly send: Uint8Array | null }>()
  const step = async (i: number, state: HandshakeState, message: Uint8Array) => {
    const key = `${i} ${keyOf(state)} ${hex(message)}`
    const found = known.get(key) ?? (await stepHandshake(state, message, ports))
    known.set(key, found)
    return found
  }

  /** Every message that fits the session's phase and that the attacker has the parts for. */
  const messagesFor = async (
    i: number,
    state: HandshakeState,
    nonces: ReadonlyArray<Uint8Array>,
    signatures: ReadonlyArray<Uint8Array>,
  ): Promise<ReadonlyArray<Uint8Array>> => {
    const own = owns[i]!
    const from = nonces.flatMap((nonce) => NAMES.map((name) => ({ nonce, name, passport: passportOf(name) })))
    if (state.phase === "waiting") return from.map(({ nonce, passport }) => encodeStep(HELLO, nonce, passport))
    if (state.phase === "hello-sent") {
      const all = from.map(async ({ nonce, passport, name }) => {
        const transcript = await transcriptOf(own, { nonce, passport }, own.channel, ports.hash)
        // Its own key signs what is asked for; of others it has what they signed.
        const mine = name === "M" ? [signatureOf("M", inputOf("responder", transcript))] : []
        return [...signatures, ...mine].map((signature) => encodeStep(ANSWER, nonce, passport, signature))
      })
      return (await Promise.all(all)).flat()
    }
    if (state.phase !== "answered") return []
    const mine = signatureOf("M", inputOf("initiator", state.transcript))
    return [...signatures, mine].map((signature) => encodeStep(FINISH, signature))
  }

  const violations = new Set<string>()
  let mostDone = 0
  const check = (states: ReadonlyArray<HandshakeState>): void => {
    const partners = new Map<number, number>()
    let done = 0
    states.forEach((state, i) => {
      if (state.phase !== "done") return
      const { peer, id, role } = state.handshake
      const { who } = sessions[i]!
      if (peer.sub === who) violations.add("done with itself")
      if (peer.sub === "M") return
      done++
      const partner = states.findIndex((other, j) => {
        const theirs = sessions[j]!
        if (j === i || theirs.who !== peer.sub || theirs.role === role || theirs.channel !== sessions[i]!.channel)
          return false
        if (other.phase === "done") return other.handshake.id === id && other.handshake.peer.sub === who
        return other.phase === "answered" && idOf(other.transcript) === id && other.peer.sub === who
      })
      if (partner < 0) violations.add(`${role} without a partner that agrees`)
      else if (partners.has(partner)) violations.add("two sessions with one partner")
      partners.set(partner, i)
    })
    mostDone = Math.max(mostDone, done)
  }

  const seen = new Set<string>()
  const walk = async (
    states: ReadonlyArray<HandshakeState>,
    nonces: ReadonlyArray<Uint8Array>,
    signatures: ReadonlyArray<Uint8Array>,
  ): Promise<void> => {
    const key = `${states.map(keyOf).join("|")} ${signatures.map(hex).sort().join()}`
    if (seen.has(key)) return
    seen.add(key)
    check(states)
    for (let i = 0; i < states.length; i++)
      for (const message of await messagesFor(i, states[i]!, nonces, signatures)) {
        const { state, send } = await step(i, states[i]!, message)
        // A session that fails is out of the attacker's way: it could as well not have spoken to it.
        if (state.phase === "failed") continue
        const next = states.map((old, j) => (j === i ? state : old))
        const sent = send === null ? [] : [send.subarray(send.length - 32)]
        const drawn = state.phase === "answered" ? [owns[i]!.nonce] : []
        await walk(next, [...nonces, ...drawn], [...signatures, ...sent])
      }
  }
  const nonces = begun.flatMap(({ send }, i) => (send === null ? [] : [owns[i]!.nonce]))
  await walk(
    begun.map(({ state }) => state),
    [...nonces, digest("nonce of M")],
    [digest("no signature")],
  )
  return { states: seen.size, mostDone, violations }
}

const A_TO_B = { who: "A", role: "initiator", channel: "1" } as const
const AT_B = { who: "B", role: "responder", channel: "1" } as const

const SCENES: Readonly<Record<string, ReadonlyArray<Session>>> = {
  "one session": [A_TO_B, AT_B],
  "two responders": [A_TO_B, AT_B, { ...AT_B, channel: "2" }],
  "two initiators": [A_TO_B, { ...A_TO_B, channel: "2" }, AT_B],
  "both in both roles": [A_TO_B, AT_B, { who: "A", role: "responder", channel: "1" }],
  "both in both roles, crossed": [
    A_TO_B,
    { who: "B", role: "initiator", channel: "1" },
    { who: "A", role: "responder", channel: "1" },
  ],
}

describe("in every state that an attacker can reach, both agree or neither is done", () => {
  it.each(Object.entries(SCENES))("%s", async (_, sessions) => {
    const { violations, mostDone, states } = await explore(sessions)
    expect([...violations]).toEqual([])
    // It comes to an end at all, and there was something to explore.
    expect(mostDone).toBeGreaterThanOrEqual(2)
    expect(states).toBeGreaterThan(10)
  })
})

describe("the search finds what is missing", () => {
  it("the passports in what is signed: B believes that it speaks with M", async () => {
    const passports = new Set(NAMES.map((name) => hex(passportOf(name))))
    const hash = (bytes: Uint8Array): Uint8Array => (passports.has(hex(bytes)) ? digest("any passport") : digest(bytes))
    const { violations } = await explore(SCENES["one session"]!, { hash })
    expect(violations).toContain("initiator without a partner that agrees")
  })

  it("the channel in what is signed: a relay stands between", async () => {
    const hash = (bytes: Uint8Array): Uint8Array => (bytes.length === 1 ? digest("any channel") : digest(bytes))
    const sessions = [A_TO_B, { ...AT_B, channel: "2" }]
    expect((await explore(sessions)).violations).toEqual(new Set())
    expect((await explore(sessions, { hash })).violations).toContain("initiator without a partner that agrees")
  })

  it("a nonce of its own for each session: an answer counts twice", async () => {
    const again = [{ ...A_TO_B, nonce: "same" }, { ...A_TO_B, nonce: "same" }, AT_B]
    expect((await explore(again)).violations).toContain("two sessions with one partner")
  })
})
