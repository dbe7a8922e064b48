/**
 * Requests and answers as oneM2M names them, whatever carries them: "primitives" (TS-0004, clause 6.4). Short names are those of
 * TS-0004, clause 8.
 */

/** TS-0004, clause 6.3.4.2.5. */
export const OPERATION = { create: 1, retrieve: 2, update: 3, delete: 4, notify: 5 } as const
export type Operation = keyof typeof OPERATION

/** Resource types (TS-0004, clause 6.3.4.2.1). */
export const TYPE = {
  accessControlPolicy: 1,
  ae: 2,
  container: 3,
  contentInstance: 4,
  cseBase: 5,
  group: 9,
  node: 14,
  pollingChannel: 15,
  subscription: 23,
} as const

/** Response status codes (TS-0004, clause 6.6.3). */
export const RSC = {
  ok: 2000,
  created: 2001,
  deleted: 2002,
  updated: 2004,
  badRequest: 4000,
  notFound: 4004,
  operationNotAllowed: 4005,
  requestTimeout: 4008,
  originatorHasNoPrivilege: 4103,
  conflict: 4105,
  securityAssociationRequired: 4107,
  alreadyRegistered: 4117,
  internalServerError: 5000,
  targetNotReachable: 5103,
} as const

export type Attributes = Readonly<Record<string, unknown>>

/** What an AE asks of a CSE. */
export interface CseRequest {
  readonly operation: Operation
  /** CSE-relative (`cse-in/pump`), SP-relative (`/id-in/cnt123`) or absolute (`//sp.example/id-in/cnt123`): TS-0001, clause 7.2. */
  readonly to: string
  /** Of what is created. */
  readonly type?: number
  /** The resource, or what of it is updated, under its name: `{"m2m:cnt": {...}}`. */
  readonly content?: Attributes
  /** Filter criteria and other parameters by their short names: `{fu: 1, ty: 3, lbl: "assay"}`. */
  readonly query?: Readonly<Record<string, string | number>>
  /** Milliseconds for the answer; left out: 10 seconds. */
  readonly timeoutMs?: number
  /** Tells the CSE for how long it may hold the request (`rqet`); only where it waits for something to tell. */
  readonly holdMs?: number
}

export interface CseResponse {
  /** Response status code. */
  readonly rsc: number
  /** Null where there is none. */
  readonly content: unknown
}

/** What a CSE asks of an AE, as it came. Nothing of it is proven. */
export interface RequestPrimitive {
  readonly operation: number
  readonly from: string
  readonly to: string
  readonly requestId: string
  /** Milliseconds since 1970; null where it says none, NaN where it cannot be read. */
  readonly originatedAt: number | null
  readonly releaseVersion: string | null
  readonly content: unknown
}

/** The CSE gave no answer that can be read: nobody knows whether it did what it was asked. Ask again. */
export class CseUnreachableError extends Error {
  readonly _tag = "CseUnreachableError"
  override readonly name = "CseUnreachableError"
}

/** The CSE answered that it does not do it. */
export class CseRefusalError extends Error {
  readonly _tag = "CseRefusalError"
  override readonly name = "CseRefusalError"
  readonly rsc: number

  constructor(rsc: number, what: string) {
    super(what)
    this.rsc = rsc
  }
}

export const isObject = (value: unknown): value is Attributes =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A member that is a text. */
export const textIn = (of: unknown, name: string): string | null => {
  const value = isObject(of) ? of[name] : undefined
  return typeof value === "string" ? value : null
}

/** A member that is a whole number from 0. */
export const wholeIn = (of: unknown, name: string): number | null => {
  const value = isObject(of) ? of[name] : undefined
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null
}

/** What the CSE says beside a refusal, for people; bounded. */
const debugOf = (content: unknown): string => {
  const text = textIn(content, "m2m:dbg")
  return text === null ? "" : `: ${text.slice(0, 200)}`
}

/**
 * The resource in an answer, whatever its name there.
 * @throws CseRefusalError where the code is none of those that are expected, or nothing is in it
 */
export const resourceIn = (
  { rsc, content }: CseResponse,
  what: string,
  ...expected: ReadonlyArray<number>
): Attributes => {
  if (!expected.includes(rsc)) throw new CseRefusalError(rsc, `${what}: the CSE answers ${rsc}${debugOf(content)}`)
  const [resource] = isObject(content) ? Object.values(content) : []
  if (!isObject(resource)) throw new CseRefusalError(rsc, `${what}: the CSE answers ${rsc} without the resource`)
  return resource
}

/** @throws CseRefusalError where the code is none of those that are expected */
export const requireCode = ({ rsc, content }: CseResponse, what: string, ...expected: ReadonlyArray<number>): void => {
  if (!expected.includes(rsc)) throw new CseRefusalError(rsc, `${what}: the CSE answers ${rsc}${debugOf(content)}`)
}
