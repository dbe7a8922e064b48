/**
 * Challenges and enrolment of hardware. Any device may ask, with the right to submit: what it is given helps nobody who has neither its
 * key nor its hardware.
 */
import { TokenBucket } from "@assay/bounded"
import { RequestError, readBody } from "../request.ts"
import type { Answer, Call, Route } from "../route.ts"

/** What makes challenges and enrols, as far as it is asked here. */
export interface EnrolmentService {
  challenge(device: string, key: string): Promise<{ readonly challenge: string; readonly expires: number }>
  begin(call: {
    readonly device: string
    readonly ek: Uint8Array
    readonly ak: Uint8Array
    readonly chain: ReadonlyArray<Uint8Array>
  }): Promise<{ readonly ticket: string; readonly credential: Uint8Array; readonly seed: Uint8Array }>
  finish(ticket: string, secret: Uint8Array): Promise<{ readonly endorsement: string; readonly expires: number }>
  release(recorded: {
    readonly partition: number
    readonly offset: number
  }): Promise<{ readonly device: string; readonly time: number }>
}

/** An error of the service that its caller can change: it has a status and a code. */
interface Refusal extends Error {
  readonly status: number
  readonly code: string
}

const MAX_BODY = 96 << 10
const MAX_CHAIN = 6
/** A second, for all callers: each costs a signature. */
const CHALLENGES_PER_SECOND = 200
/** As many as these are RSA encryptions and chains of certificates. */
const ENROLMENTS_PER_SECOND = 50
const AGAIN_MS = 5_000

const isRefusal = (cause: unknown): cause is Refusal =>
  cause instanceof Error && "status" in cause && "code" in cause && typeof cause.status === "number"

const malformed = (what: string): RequestError => new RequestError(400, "enrolment.malformed", what)

type Members = Readonly<Record<string, unknown>>

const membersOf = async ({ incoming }: Call): Promise<Members> => {
  const body = await readBody(incoming, MAX_BODY)
  try {
    const found: unknown = JSON.parse(body.toString("utf8"))
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Members
  } catch {
    // answered below
  }
  throw malformed("the body is not a JSON object")
}

const textOf = (members: Members, name: string): string => {
  const found = members[name]
  if (typeof found !== "string" || found === "") throw malformed(`${name} is not text`)
  return found
}

const countOf = (members: Members, name: string): number => {
  const found = members[name]
  if (!Number.isSafeInteger(found) || (found as number) < 0) throw malformed(`${name} is not a count`)
  return found as number
}

const bytesOf = (found: unknown, name: string): Uint8Array => {
  if (typeof found !== "string" || !/^[A-Za-z0-9_-]+$/.test(found)) throw malformed(`${name} is not base64url`)
  return Buffer.from(found, "base64url")
}

const chainOf = ({ chain }: Members): ReadonlyArray<Uint8Array> => {
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > MAX_CHAIN)
    throw malformed(`chain is not a list of 1 to ${MAX_CHAIN} certificates`)
  return chain.map((one, n) => bytesOf(one, `chain[${n}]`))
}

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url")

/** Within the rate of all callers; refusals of the service are answers. */
const limited = (perSecond: number, work: (members: Members) => Promise<object>): ((call: Call) => Promise<Answer>) => {
  const bucket = new TokenBucket(perSecond, perSecond, performance.now())
  return async (call) => {
    const members = await membersOf(call)
    const wait = bucket.take(1, performance.now())
    if (wait > 0) throw new RequestError(429, "http.quota", "too many ask at once: come again", wait)
    try {
      return { status: 200, body: await work(members) }
    } catch (cause) {
      if (!isRefusal(cause) || cause instanceof RequestError) throw cause
      throw new RequestError(cause.status, cause.code, cause.message, cause.status === 503 ? AGAIN_MS : null)
    }
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

export const enrolmentRoutes = (service: EnrolmentService): ReadonlyArray<Route> => [
  {
    method: "POST",
    path: "/v1/challenges",
    right: "submit",
    doc: {
      summary: "A challenge for the evidence of one device and one attestation key",
      takes: ["application/json"],
      answers: { 200: "The challenge, and its end", 503: "No bundle is in force, or it names no key of this process" },
    },
    handle: limited(CHALLENGES_PER_SECOND, async (members) => {
      const { challenge, expires } = await service.challenge(textOf(members, "device"), textOf(members, "key"))
      return { challenge, expires: iso(expires) }
    }),
  },
  {
    method: "POST",
    path: "/v1/enrolments",
    right: "submit",
    doc: {
      summary: "Begin to enrol a TPM: a credential that only it can activate",
      takes: ["application/json"],
      answers: { 200: "The ticket and what to activate", 403: "Its maker is unknown, or a key unfit" },
    },
    handle: limited(ENROLMENTS_PER_SECOND, async (members) => {
      const { ticket, credential, seed } = await service.begin({
        device: textOf(members, "device"),
        ek: bytesOf(members["ek"], "ek"),
        ak: bytesOf(members["ak"], "ak"),
        chain: chainOf(members),
      })
      return { ticket, credential: encode(credential), seed: encode(seed) }
    }),
  },
  {
    method: "POST",
    path: "/v1/enrolments/finish",
    right: "submit",
    doc: {
      summary: "Finish it with the activated secret: the endorsement of the attestation key",
      takes: ["application/json"],
      answers: {
        200: "The endorsement, and its end",
        403: "The secret is wrong",
        409: "The hardware is another device's",
      },
    },
    handle: limited(ENROLMENTS_PER_SECOND, async (members) => {
      const { endorsement, expires } = await service.finish(
        textOf(members, "ticket"),
        bytesOf(members["secret"], "secret"),
      )
      return { endorsement, expires: iso(expires) }
    }),
  },
  {
    method: "POST",
    path: "/v1/enrolments/release",
    right: "admin",
    doc: {
      summary: "Free a device's hardware, by the record of the command that ends its binding",
      takes: ["application/json"],
      answers: {
        200: "The device, and the time of the command",
        403: "No accepted command of the kind is recorded there",
      },
    },
    handle: limited(ENROLMENTS_PER_SECOND, async (members) => {
      const [partition, offset] = [countOf(members, "partition"), countOf(members, "offset")]
      const { device, time } = await service.release({ partition, offset })
      return { device, time: iso(time) }
    }),
  },
]
