/** What a device of the demonstration is given, as files in a directory of its own. */

export interface DeviceConfig {
  readonly did: string
  readonly kid: string
  readonly alg: "Ed25519" | "ES256"
  /** Private, PKCS #8 in PEM. */
  readonly key: string
  readonly deviceClass: string
  /** What its clock reads at the start, seconds since 1970; null where it has none. */
  readonly now: number | null
  readonly pins: { readonly roots: ReadonlyArray<string>; readonly threshold: number }
  readonly trustDomain: string
  /** Where it reports to once it is online again. */
  readonly reportsTo: string
}

/** What a device does by itself, one after the other. */
export type Action =
  | { readonly do: "enrol"; readonly credential: string; readonly telemetry: number; readonly prefix: string }
  | {
      readonly do: "ask"
      /** The case of the table that it belongs to. */
      readonly name: string
      /** Directory of the peer. */
      readonly peer: string
      readonly did: string
      readonly act: "telemetry" | "event" | "command"
      /** `session`: handshake first. `carried`: the passport and a signed message, as somebody else could hand it over. */
      readonly how: "session" | "carried"
    }
  /** Hands over a slice or a snapshot; the file lies in its own directory. */
  | {
      readonly do: "offer"
      readonly name: string
      readonly peer: string
      readonly what: "slice" | "snapshot"
      readonly file: string
    }

/** Where it goes on counting. */
export interface Place {
  readonly epo: number
  readonly seq: number
  readonly prv: string | null
}

/** One decision, as the device that made it reports it. */
export interface Report {
  /** Names the connection to both of its ends. */
  readonly channel: string
  readonly peer: string | null
  readonly act: string
  /** `answered`: what the peer decided, as it answered. */
  readonly direction: "from-peer" | "to-peer" | "answered"
  readonly outcome: "allow" | "deny"
  readonly reasons: ReadonlyArray<string>
  /** Of the message that was decided, base64url SHA-256 of its signing input. */
  readonly digest: string | null
}

/** What a case came to for who asked. */
export interface Asked {
  readonly name: string
  readonly channel: string
  /** What this device itself decided before it asked. */
  readonly own: { readonly outcome: string; readonly reasons: ReadonlyArray<string> } | null
  /** What the peer answered; null where it never came to that. */
  readonly answer: { readonly outcome: string; readonly reasons: ReadonlyArray<string> } | null
}

export const FILES = {
  config: "config.json",
  actions: "actions.json",
  passport: "passport.cwt",
  slice: "slice.json",
  snapshot: "snapshot.cwt",
  place: "place.json",
  /** What it has signed, in order, one base64 text a line. */
  outbox: "outbox.txt",
  reports: "reports.json",
  asked: "asked.json",
  socket: "s",
} as const
