/** The table of the demonstration: who meets whom, and what must come of it. */
import type { DeviceClass } from "./plant.ts"

/** What differs from an ordinary device. */
export interface Member {
  readonly name: string
  readonly class: DeviceClass
  /** It answers peers; the others ask. */
  readonly serves?: true
  /** Hours that its clock is ahead of the beginning; null where it has no clock. Default: 0. */
  readonly hours?: number | null
  /** Its passport ran out a day ago. */
  readonly late?: true
  /** It shows the passport of this member, whose key it does not have. */
  readonly poses?: string
  /** Its passport is in the newest snapshot. */
  readonly revoked?: true
  /** It holds the snapshot of two hours ago. */
  readonly stale?: true
}

export const MEMBERS: ReadonlyArray<Member> = [
  { name: "pump", class: "pump", serves: true },
  { name: "pump-behind", class: "pump", serves: true, stale: true },
  { name: "pump-clockless", class: "pump", serves: true, hours: null },
  { name: "pump-offline", class: "pump", serves: true, hours: 20 },
  { name: "controller", class: "controller" },
  { name: "meter", class: "meter" },
  { name: "late", class: "controller", late: true },
  { name: "thief", class: "controller", poses: "controller" },
  { name: "revoked", class: "controller", revoked: true },
  { name: "badge", class: "badge" },
  { name: "controller-offline", class: "controller", hours: 20 },
]

/** Between the two: `listens` records, `relays` is an end of the channel to either side. */
type Wire = "listens" | "relays"

interface Common {
  readonly name: string
  readonly from: string
  readonly to: string
  /** What the peer must decide; for a relay, who asks. */
  readonly expect: { readonly outcome: "allow" | "deny"; readonly reasons: ReadonlyArray<string> }
  /** It is right, and a known limit: the guide says why. */
  readonly limit?: true
}

export type Case =
  | (Common & {
      readonly do: "ask"
      readonly act: "telemetry" | "event" | "command"
      readonly over?: Wire
      readonly how?: "carried"
    })
  /** What the wire recorded of the case before, sent once more. */
  | (Common & { readonly do: "replay" })
  | (Common & {
      readonly do: "offer"
      readonly what: "slice" | "snapshot"
      readonly file: "forged" | "older" | "newest"
    })

const allow = { outcome: "allow", reasons: [] } as const
const deny = (...reasons: ReadonlyArray<string>) => ({ outcome: "deny", reasons }) as const

export const CASES: ReadonlyArray<Case> = [
  { name: "honest peers: a command", do: "ask", from: "controller", to: "pump", act: "command", expect: allow },
  { name: "honest peers: telemetry", do: "ask", from: "meter", to: "pump", act: "telemetry", expect: allow },
  {
    name: "an expired passport",
    do: "ask",
    from: "late",
    to: "pump",
    act: "command",
    expect: deny("passport.expired"),
  },
  {
    name: "a stolen passport without its key",
    do: "ask",
    from: "thief",
    to: "pump",
    act: "command",
    expect: deny("handshake.signature_invalid"),
  },
  {
    name: "a revoked device, fresh snapshot",
    do: "ask",
    from: "revoked",
    to: "pump",
    act: "command",
    expect: deny("passport.revoked"),
  },
  {
    name: "a revoked device, stale snapshot: a command",
    do: "ask",
    from: "revoked",
    to: "pump-behind",
    act: "command",
    expect: deny("snapshot.stale"),
  },
  {
    name: "a revoked device, stale snapshot: an event",
    do: "ask",
    from: "revoked",
    to: "pump-behind",
    act: "event",
    expect: allow,
    limit: true,
  },
  {
    name: "a peer carries the newest snapshot",
    do: "offer",
    from: "controller",
    to: "pump-behind",
    what: "snapshot",
    file: "newest",
    expect: allow,
  },
  {
    name: "the revoked device again",
    do: "ask",
    from: "revoked",
    to: "pump-behind",
    act: "event",
    expect: deny("passport.revoked"),
  },
  {
    name: "a zone without a conduit",
    do: "ask",
    from: "badge",
    to: "pump",
    act: "event",
    expect: deny("flow.no_conduit"),
  },
  {
    name: "somebody listens on the wire",
    do: "ask",
    from: "controller",
    to: "pump",
    act: "command",
    over: "listens",
    expect: allow,
  },
  {
    name: "the recorded handshake replayed",
    do: "replay",
    from: "controller",
    to: "pump",
    expect: deny("handshake.signature_invalid"),
  },
  {
    name: "somebody relays between two channels",
    do: "ask",
    from: "controller",
    to: "pump",
    act: "command",
    over: "relays",
    expect: deny("handshake.signature_invalid"),
  },
  {
    name: "a signed command, carried by others",
    do: "ask",
    from: "controller",
    to: "pump",
    act: "command",
    over: "listens",
    how: "carried",
    expect: allow,
  },
  {
    name: "the carried command replayed",
    do: "replay",
    from: "controller",
    to: "pump",
    expect: deny("message.replayed"),
  },
  {
    name: "a forged slice",
    do: "offer",
    from: "badge",
    to: "pump",
    what: "slice",
    file: "forged",
    expect: deny("slice.threshold"),
  },
  {
    name: "an older slice",
    do: "offer",
    from: "badge",
    to: "pump",
    what: "slice",
    file: "older",
    expect: deny("slice.older"),
  },
  {
    name: "no clock: a command",
    do: "ask",
    from: "controller",
    to: "pump-clockless",
    act: "command",
    expect: deny("clock.unknown", "snapshot.not_live"),
  },
  { name: "no clock: telemetry", do: "ask", from: "meter", to: "pump-clockless", act: "telemetry", expect: allow },
  {
    name: "an offline day: an event",
    do: "ask",
    from: "controller-offline",
    to: "pump-offline",
    act: "event",
    expect: allow,
  },
  {
    name: "an offline day: a command",
    do: "ask",
    from: "controller-offline",
    to: "pump-offline",
    act: "command",
    expect: deny("snapshot.stale"),
  },
]
