/**
 * A request that comes to the adapter in the name of its CSE, by whatever binding: who sent it, whether it is timely and new, and
 * only then what it says. The CSE is answered when what it reported is durable.
 *
 * Nothing here gives authority: a message counts by the device's own signature. These checks keep strangers from costing room,
 * and from being taken for the CSE where it tells of its subscriptions.
 */
import { type Notification, readNotifications } from "./notification.ts"
import { OPERATION, type RequestPrimitive, RSC } from "./primitive.ts"
import { RequestWindow } from "./request-window.ts"

/**
 * Why a request was refused. Nothing of it was taken.
 * - `originator`: it comes in another name than that of the CSE.
 * - `carrier`: the topic it came over names another originator than it does.
 * - `certificate`: its connection shows no certificate with the name that the settings bind to the CSE.
 * - `repeated`: its identifier is that of another request. `stale`: its timestamp lies outside the window.
 * - `malformed`: it cannot be read.
 * - `subscription`: it tells of a subscription that is not ours.
 */
export const REFUSALS = [
  "originator",
  "carrier",
  "certificate",
  "repeated",
  "stale",
  "malformed",
  "subscription",
] as const
export type RefusedCode = (typeof REFUSALS)[number]

/** What the binding knows of the sender, beside what the request says. */
export interface Carrier {
  /** Of the topic (TS-0010); null where the binding has none. */
  readonly topicOriginator: string | null
  /** Of a certificate that was verified; null where the binding asks for none. */
  readonly certificateNames: ReadonlyArray<string> | null
}

export interface ReceiveOptions {
  /** `/id-in`. */
  readonly cseId: string
  /** The name in the certificate of the CSE. Null where no binding asks for one: who shows one then is refused. */
  readonly certificateName: string | null
  readonly windowMs: number
  /** Must not reject. @returns whether all of it is durable; "unknown" where a subscription is not ours */
  readonly take: (notifications: ReadonlyArray<Notification>) => Promise<boolean | "unknown">
  readonly onRefused: (code: RefusedCode, what: string) => void
}

export type Receive = (request: RequestPrimitive, carrier: Carrier, body: Uint8Array, now?: number) => Promise<number>

const RSC_OF: Readonly<Record<RefusedCode, number>> = {
  originator: RSC.originatorHasNoPrivilege,
  carrier: RSC.originatorHasNoPrivilege,
  certificate: RSC.securityAssociationRequired,
  repeated: RSC.badRequest,
  stale: RSC.badRequest,
  malformed: RSC.badRequest,
  subscription: RSC.notFound,
}

const MAX_ID = 256

/** The CSE-ID in its SP-relative form: `/id-in` also for `id-in` and `//sp.example/id-in`. */
export const spRelative = (id: string): string => `/${id.slice(id.lastIndexOf("/") + 1)}`

export const receiver = (options: ReceiveOptions): Receive => {
  const { cseId, certificateName, windowMs, take, onRefused } = options
  const window = new RequestWindow(windowMs)

  const whyNot = (request: RequestPrimitive, carrier: Carrier): readonly [RefusedCode, string] | null => {
    const { from, requestId, operation } = request
    if (requestId === "" || requestId.length > MAX_ID || from.length > MAX_ID)
      return ["malformed", "it has no request identifier, or one of more than 256 characters"]
    if (operation !== OPERATION.notify) return ["malformed", `it is no notification, but operation ${operation}`]
    if (spRelative(from) !== cseId)
      return ["originator", `it comes from ${JSON.stringify(from)}, and the CSE is ${cseId}`]
    const { topicOriginator, certificateNames } = carrier
    if (topicOriginator !== null && spRelative(topicOriginator) !== cseId)
      return ["carrier", `its topic names ${JSON.stringify(topicOriginator)}, and it says ${JSON.stringify(from)}`]
    if (certificateNames === null) return null
    return certificateName !== null && certificateNames.includes(certificateName)
      ? null
      : ["certificate", `its certificate names ${JSON.stringify(certificateNames.slice(0, 4))}, not ${certificateName}`]
  }
  const refuse = (code: RefusedCode, what: string): number => {
    onRefused(code, what)
    return RSC_OF[code]
  }
  const taking = async ({ content }: RequestPrimitive): Promise<number> => {
    const notifications = readNotifications(content)
    if (typeof notifications === "string") return refuse("malformed", notifications)
    const isTaken = await take(notifications)
    if (isTaken === "unknown") return refuse("subscription", "it tells of a subscription that is not ours")
    // Not taken: the CSE has it, and it is read from there.
    return isTaken ? RSC.ok : RSC.internalServerError
  }

  return async (request, carrier, body, now = Date.now()) => {
    const wrong = whyNot(request, carrier)
    if (wrong !== null) return refuse(...wrong)
    const { from, requestId, originatedAt } = request
    const seen = window.look(from, requestId, originatedAt, body, now)
    // What could not be taken the first time is tried once more.
    if (seen.kind === "again") return (await seen.answer) === RSC.internalServerError ? taking(request) : seen.answer
    if (seen.kind === "repeated")
      return refuse("repeated", `the request identifier ${JSON.stringify(requestId)} came before, with another content`)
    if (seen.kind === "stale")
      return refuse("stale", `its originating timestamp lies more than ${windowMs / 1000} s from now`)
    const answer = await taking(request)
    seen.answer(answer)
    return answer
  }
}
