/** A route as data: which call, who may make it, and what answers. Each part of a node gives its own; the server takes a list. */
import type { IncomingMessage } from "node:http"
import type { Grant, Right } from "../core/rights.ts"
import type { Body } from "./request.ts"

export interface Call {
  readonly request: IncomingMessage
  /** For `readBody` and `piecesOf`. */
  readonly incoming: Body
  readonly url: URL
  readonly caller: Grant
  /** The named parts of the path, in order, decoded. */
  readonly params: ReadonlyArray<string>
}

export interface Answer {
  readonly status: number
  /** Text and bytes go out as they are, anything else as JSON. */
  readonly body: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What the OpenAPI document says of a route. */
export interface RouteDoc {
  /** One plain sentence, without a full stop at its end. */
  readonly summary: string
  /** Media types of the body; left out: there is none. */
  readonly takes?: ReadonlyArray<string>
  /** Of its answers; left out: JSON. */
  readonly gives?: string
  /** What stands behind the `?`, each a whole number. */
  readonly query?: Readonly<Record<string, string>>
  /** What it answers where it does what it is asked to, and what is its alone. */
  readonly answers: Readonly<Record<number, string>>
}

export interface Route {
  readonly method: "GET" | "POST"
  /** For example `/v1/devices/{did}`: a part in braces is any one segment. docs/guides/http-api.md has a row for it. */
  readonly path: string
  /** Null: anybody may ask (health). */
  readonly right: Right | null
  /** Whether it is answered where all connections are at work: only what costs next to nothing. */
  readonly isProbe?: boolean
  /** What this process must be to the log for it, where the log asks that (`ROLES` of packages/streams). */
  readonly role?: string
  /** Left out: it is in no description. Each route of a node has one. */
  readonly doc?: RouteDoc
  handle(call: Call): Promise<Answer> | Answer
}

export interface Matcher {
  readonly route: Route
  readonly pattern: RegExp
}

const patternOf = (path: string): RegExp => {
  const parts = path.split(/\{\w+\}/).map((text) => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join("([^/]+)")}$`)
}

const isNamed = (segment: string | undefined): boolean => segment?.includes("{") === true

/** Whether one call could be meant for both: which of them answers would then depend on their order. */
export const overlaps = (one: Route, other: Route): boolean => {
  if (one.method !== other.method) return false
  const [mine, theirs] = [one.path.split("/"), other.path.split("/")]
  const fits = (segment: string, place: number): boolean =>
    isNamed(segment) || isNamed(theirs[place]) || segment === theirs[place]
  return mine.length === theirs.length && mine.every(fits)
}

/** @throws RangeError where a call could be meant for two routes */
export const matchersOf = (routes: ReadonlyArray<Route>): ReadonlyArray<Matcher> =>
  routes.map((route, place) => {
    const other = routes.slice(0, place).find((before) => overlaps(before, route))
    if (other !== undefined)
      throw new RangeError(`two routes answer the same calls: ${route.method} ${route.path} and ${other.path}`)
    return { route, pattern: patternOf(route.path) }
  })
