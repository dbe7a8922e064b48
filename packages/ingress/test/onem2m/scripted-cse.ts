/**
 * A CSE that the test plays: it keeps resources, tells of them when and as the test says, and forgets what the test wants it to.
 * As much of TS-0004 as an adapter asks for; what ACME CSE makes of it, `acme.long.test.ts` shows.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text as textOf } from "node:stream/consumers"
import { RSC } from "../../src/onem2m/primitive.ts"
import { writeTimestamp } from "../../src/onem2m/timestamp.ts"

type Resource = Record<string, unknown> & { readonly ri: string; readonly ty: number }

const NAMES: Readonly<Record<number, string>> = {
  1: "m2m:acp",
  2: "m2m:ae",
  3: "m2m:cnt",
  4: "m2m:cin",
  5: "m2m:cb",
  15: "m2m:pch",
  23: "m2m:sub",
}
const HTTP: Readonly<Record<number, number>> = {
  [RSC.notFound]: 404,
  [RSC.originatorHasNoPrivilege]: 403,
  [RSC.created]: 201,
}

export interface ScriptedCse {
  readonly url: string
  /** By structured address, `cse-in/CPump/data`. */
  readonly resources: Map<string, Resource>
  /** Codes that a request is refused with; undefined lets it pass. */
  refuse: (method: string, path: string) => number | undefined
  /** Whether the subscribers of a container hear of an instance. */
  tells: boolean
  ae(id: string): void
  container(address: string, labels?: ReadonlyArray<string>): string
  /** Makes an instance, tells of it, and resolves with the code of each subscriber. */
  instance(container: string, con: unknown, rest?: Record<string, unknown>): Promise<ReadonlyArray<number>>
  /** Sends a notification in the name of the CSE, or of somebody else. */
  notify(nu: string, content: unknown, headers?: Record<string, string>): Promise<number>
  /** Removes a resource and what is below it; its subscribers hear so. */
  remove(address: string): Promise<void>
  close(): Promise<void>
}

let ids = 0
const id = (type: string): string => `${type}${(++ids).toString(36)}`

export const scriptedCse = async (): Promise<ScriptedCse> => {
  const resources = new Map<string, Resource>()
  let clock = Date.now() - 60_000
  const make = (address: string, type: number, rest: Record<string, unknown>): Resource => {
    clock += 1
    const made = { ri: id(NAMES[type]!.slice(4)), ct: writeTimestamp(clock), ...rest, ty: type }
    resources.set(address, made)
    return made
  }
  make("cse-in", 5, { ri: "id-in", csi: "/id-in" })

  const below = (address: string): ReadonlyArray<[string, Resource]> =>
    [...resources].filter(([path]) => path.startsWith(`${address}/`) && !path.slice(address.length + 1).includes("/"))
  const instancesOf = (address: string): ReadonlyArray<[string, Resource]> =>
    below(address).filter(([, { ty }]) => ty === 4)
  /** By structured address, by resource id, and the virtual `la` and `ol`. */
  const find = (to: string): [string, Resource] | undefined => {
    const path = to.replace(/^\/id-in\//, "")
    const own = resources.get(path)
    if (own !== undefined) return [path, own]
    const [, parent, virtual] = /^(.*)\/(la|ol)$/.exec(path) ?? []
    if (parent !== undefined) return instancesOf(parent).at(virtual === "la" ? -1 : 0)
    return [...resources].find(([, { ri }]) => ri === path)
  }

  const notify: ScriptedCse["notify"] = async (nu, content, headers = {}) => {
    const answer = await fetch(nu, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-m2m-origin": "/id-in",
        "x-m2m-ri": id("rqi"),
        "x-m2m-rvi": "4",
        "x-m2m-ot": writeTimestamp(Date.now()),
        ...headers,
      },
      body: JSON.stringify(content),
    })
    return Number(answer.headers.get("x-m2m-rsc"))
  }
  const subscribersOf = (address: string): ReadonlyArray<Resource> =>
    below(address).flatMap(([, resource]) => (resource.ty === 23 ? [resource] : []))

  const cse: ScriptedCse = {
    url: "",
    resources,
    refuse: () => undefined,
    tells: true,
    ae: (aeId) => void make(`cse-in/${aeId}`, 2, { ri: aeId, aei: aeId, pi: "id-in" }),
    container: (address, labels = ["assay"]) => {
      const parent = address.slice(0, address.lastIndexOf("/"))
      return make(address, 3, { lbl: labels, st: 0, pi: resources.get(parent)!.ri }).ri
    },
    instance: async (container, con, rest = {}) => {
      const parent = resources.get(container)!
      parent["st"] = (parent["st"] as number) + 1
      const name = id("cin_")
      const made = make(`${container}/${name}`, 4, { pi: parent.ri, st: parent["st"], con, ...rest })
      if (!cse.tells) return []
      const reported = subscribersOf(container).map(({ ri, nu }) =>
        notify((nu as ReadonlyArray<string>)[0]!, {
          "m2m:sgn": { sur: `/id-in/${ri}`, nev: { net: 3, rep: { "m2m:cin": made } } },
        }),
      )
      return Promise.all(reported)
    },
    notify,
    remove: async (address) => {
      const gone = [...resources].filter(([path]) => path === address || path.startsWith(`${address}/`))
      for (const [path] of gone) resources.delete(path)
      // Who is not there any more hears nothing.
      for (const [, { ty, ri, su }] of gone)
        if (ty === 23 && typeof su === "string")
          await notify(su, { "m2m:sgn": { sur: `/id-in/${ri}`, sud: true } }).catch(() => undefined)
    },
    close: async () => undefined,
  }

  const create = async (to: string, type: number, content: Record<string, Record<string, unknown>>, from: string) => {
    const parent = find(to)
    if (parent === undefined) return [RSC.notFound, null] as const
    const [given = {}] = Object.values(content)
    const address = `${parent[0]}/${String(given["rn"] ?? id("name"))}`
    if (resources.has(address)) return [RSC.conflict, null] as const
    const rest = { ...given, pi: parent[1].ri, ...(type === 2 ? { ri: from, aei: from } : {}) }
    const made = make(address, type, rest)
    if (type === 23) {
      const [nu] = given["nu"] as [string]
      const code = await notify(nu, { "m2m:sgn": { vrq: true, sur: `/id-in/${made.ri}`, cr: from } })
      if (code !== RSC.ok) {
        resources.delete(address)
        return [5204, null] as const
      }
    }
    return [RSC.created, { [NAMES[type]!]: made }] as const
  }
  const retrieve = (to: string, query: URLSearchParams) => {
    if (query.get("fu") === "1") {
      const type = Number(query.get("ty"))
      const [after, before] = [query.get("cra"), query.get("crb")]
      const from = find(to)?.[0] ?? ""
      const all =
        type === 4
          ? instancesOf(from)
          : [...resources].filter(
              ([, { ty, lbl }]) => ty === type && (lbl as ReadonlyArray<string>).includes(query.get("lbl")!),
            )
      const found = all.filter(
        ([, { ct }]) => (after === null || (ct as string) > after) && (before === null || (ct as string) < before),
      )
      const addresses = found.map(([path, { ri }]) => (query.get("drt") === "2" ? `/id-in/${ri}` : path))
      return [RSC.ok, { "m2m:uril": addresses }] as const
    }
    const found = find(to)
    return found === undefined
      ? ([RSC.notFound, null] as const)
      : ([RSC.ok, { [NAMES[found[1].ty]!]: found[1] }] as const)
  }
  const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const url = new URL(request.url!, "http://cse")
    const to = url.pathname.replace(/^\/~/, "").replace(/^\/(?!id-in)/, "")
    const refusal = cse.refuse(request.method!, to)
    const body = await textOf(request)
    if (refusal !== undefined) return [refusal, { "m2m:dbg": "the test says so" }]
    if (request.method === "GET") return retrieve(to, url.searchParams)
    const content = body === "" ? {} : (JSON.parse(body) as Record<string, Record<string, unknown>>)
    if (request.method === "POST") {
      const [, type] = /ty=(\d+)/.exec(request.headers["content-type"] ?? "") ?? []
      return create(to, Number(type), content, String(request.headers["x-m2m-origin"]))
    }
    const found = find(to)
    if (found === undefined) return [RSC.notFound, null]
    if (request.method === "PUT") {
      Object.assign(found[1], Object.values(content)[0])
      return [RSC.updated, { [NAMES[found[1].ty]!]: found[1] }]
    }
    await cse.remove(found[0])
    return [RSC.deleted, null]
  }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void answer(request).then(([rsc, content]) => {
      response.writeHead(HTTP[rsc] ?? (rsc < 4_000 ? 200 : 500), {
        "x-m2m-rsc": String(rsc),
        "x-m2m-ri": String(request.headers["x-m2m-ri"]),
        "content-type": "application/json",
      })
      response.end(content === null ? "" : JSON.stringify(content))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(cse, {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}
