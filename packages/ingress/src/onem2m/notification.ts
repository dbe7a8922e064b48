/** What a CSE tells its subscriber (`m2m:sgn`, `m2m:agn`: TS-0004, clause 7.5.1), read and bounded. None of it is proven. */
import { type Attributes, isObject, textIn, wholeIn } from "./primitive.ts"

/** A content instance as the CSE shows it. */
export interface Instance {
  readonly resourceId: string
  /** Of its container. */
  readonly parentId: string
  /** State tag of the container when it was made; null where the CSE gives none. */
  readonly stateTag: number | null
  /** As the CSE writes it; "" where it gives none. */
  readonly createdAt: string
  /** The AE that made it, as the CSE says; null where it does not. */
  readonly creator: string | null
  readonly content: unknown
  /** `mediatype:encoding` (contentInfo, TS-0001, clause 9.6.7); null: text. */
  readonly contentInfo: string | null
}

export type Event =
  | { readonly kind: "created"; readonly instance: Instance }
  /** Something was made, and only its address is reported. */
  | { readonly kind: "hint" }
  /** The container was updated. */
  | { readonly kind: "updated" }
  | { readonly kind: "deleted" }

/** One subscription's part of a notification. */
export interface Notification {
  /** The resource id of the subscription. */
  readonly subscriptionId: string
  /** Asks whether the receiver wants notifications of this subscription at all. */
  readonly verifies: boolean
  /** The subscription is gone. */
  readonly ended: boolean
  /** Of the subscription; null where it is not reported. */
  readonly creator: string | null
  readonly event: Event | null
}

/** Of one aggregated notification. */
const MAX_NOTIFICATIONS = 1_000
const MAX_NAME = 1_024
const NET = { updated: 1, deleted: 2, created: 3 } as const

/** The last segment of an address: the resource id, where the address is no structured one. */
export const lastSegment = (address: string): string => address.slice(address.lastIndexOf("/") + 1)

const nameIn = (of: unknown, name: string): string | null => {
  const text = textIn(of, name)
  return text === null || text === "" || text.length > MAX_NAME ? null : text
}

/** @returns null where what must be there is not */
export const instanceIn = (resource: Attributes): Instance | null => {
  const [resourceId, parentId] = [nameIn(resource, "ri"), nameIn(resource, "pi")]
  if (resourceId === null || parentId === null) return null
  return {
    resourceId: lastSegment(resourceId),
    parentId: lastSegment(parentId),
    stateTag: wholeIn(resource, "st"),
    createdAt: nameIn(resource, "ct") ?? "",
    creator: nameIn(resource, "cr"),
    content: resource["con"],
    contentInfo: nameIn(resource, "cnf"),
  }
}

/** @returns null where it cannot be read */
const eventIn = (content: Attributes): Event | null => {
  const { net, rep } = content
  if (net === NET.updated) return { kind: "updated" }
  if (net === NET.deleted) return { kind: "deleted" }
  // Where nothing is said of the kind, the default of a subscription holds, which ours has not.
  if (net !== NET.created || !isObject(rep)) return null
  const made = rep["m2m:cin"]
  if (!isObject(made)) return { kind: "hint" }
  const instance = instanceIn(made)
  return instance === null ? null : { kind: "created", instance }
}

const notificationIn = (content: unknown): Notification | string => {
  if (!isObject(content)) return "a notification (m2m:sgn) is no object"
  const subscription = nameIn(content, "sur")
  if (subscription === null) return "a notification names no subscription (sur)"
  const verifies = content["vrq"] === true
  const ended = content["sud"] === true
  const reported = content["nev"]
  const event = isObject(reported) ? eventIn(reported) : null
  if (!verifies && !ended && event === null)
    return "a notification holds no event (nev) of net 1, 2 or 3, with a representation (rep)"
  return { subscriptionId: lastSegment(subscription), verifies, ended, creator: nameIn(content, "cr"), event }
}

/** The single notifications in a content. @returns what is wrong with it, for people */
export const readNotifications = (content: unknown): ReadonlyArray<Notification> | string => {
  if (!isObject(content)) return "there is no notification in it"
  const aggregated = content["m2m:agn"]
  const single = content["m2m:sgn"]
  const all = isObject(aggregated) ? (aggregated["m2m:sgn"] ?? aggregated["sgn"]) : [single]
  if (!Array.isArray(all) || all.length === 0) return "it holds neither m2m:sgn nor m2m:agn"
  if (all.length > MAX_NOTIFICATIONS) return `it holds more than ${MAX_NOTIFICATIONS} notifications`
  const read: Array<Notification> = []
  for (const one of all) {
    const notification = notificationIn(one)
    if (typeof notification === "string") return notification
    read.push(notification)
  }
  return read
}
