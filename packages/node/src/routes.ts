/** The routes of a process: each part gives those that show or take what is its own, and no two answer the same call. */
import { overlaps, type Route } from "@assay/ingress"
import { ConfigurationError } from "@assay/settings"

export interface RouteTable {
  /**
   * @param part for people: who gives them
   * @throws ConfigurationError where another part has a route for the same calls: then the process does not start
   */
  add(part: string, routes: ReadonlyArray<Route>): void
  /** Of all parts so far. Their order says nothing: no call fits two. */
  all(): ReadonlyArray<Route>
}

interface Given {
  readonly part: string
  readonly route: Route
}

const nameOf = ({ part, route }: Given): string => `${route.method} ${route.path} of ${part}`

export const routeTable = (): RouteTable => {
  const given: Array<Given> = []
  return {
    add: (part, routes) => {
      for (const route of routes) {
        const one = { part, route }
        const other = given.find((present) => overlaps(present.route, route))
        if (other !== undefined)
          throw new ConfigurationError(
            `${nameOf(one)} and ${nameOf(other)} would answer the same calls: give one of them another path`,
          )
        given.push(one)
      }
    },
    all: () => given.map(({ route }) => route),
  }
}
