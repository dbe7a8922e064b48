/** A route as data: which call, who may make it, and what answers. Each part of a node gives its own; the server takes a list. */
import type { IncomingMessage } from "node:http"
import type { Grant, Right } from "../core/rights.ts"

export interface Call {
  readonly request: IncomingMessage
  readonly url: URL
  readonly caller: Grant
  /** The named parts of the path, in order, decoded. */
  readonly params: ReadonlyArray<string>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly method: "GET" | "POST"
  /** For example `/v1/devices/{did}`: a part in braces is any one segment. docs/guides/http-api.md has a row for it. */
  readonly path: string
  /** Null: anybody may ask (health). */
  readonly right: Right | null
  /** What this process must be to the log for it, where the log asks that (`ROLES` of packages/streams). */
  readonly role?: string
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

/** @throws RangeError where two routes have one method and path: the second would never be called */
export const matchersOf = (routes: ReadonlyArray<Route>): ReadonlyArray<Matcher> => {
  const seen = new Set<string>()
  return routes.map((route) => {
    const name = `${route.method} ${route.path}`
    if (seen.has(name)) throw new RangeError(`two parts of this node give the route ${name}`)
    seen.add(name)
    return { route, pattern: patternOf(route.path) }
  })
}
