/** The settings of `assay anchor`, read once, with what they must have in common. */
import { type Request, rpcAt } from "@assay/anchor/evm"
import { ANCHOR, ConfigurationError, processEnvironment, refuseUnknownSettings } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import * as Redacted from "effect/Redacted"

const GWEI = 1_000_000_000n

export interface AnchorSettings {
  readonly logKey: string | null
  /** Of OpenTimestamps. */
  readonly calendars: ReadonlyArray<string>
  readonly intervalMs: number
  readonly confirmations: number
  /** In wei for each unit of gas. */
  readonly maxFeePerGas: bigint
  readonly raiseAfterMs: number
  /** Null where none is configured. */
  readonly evm: {
    readonly request: Request
    readonly key: `0x${string}`
    readonly contract: `0x${string}` | null
  } | null
}

/** @throws ConfigurationError where one is no URL */
const calendarsIn = (list: string): ReadonlyArray<string> => {
  const calendars = list
    .split(",")
    .map((url) => url.trim())
    .filter((url) => url !== "")
  const wrong = calendars.find((url) => !isHttp(url))
  if (wrong === undefined) return calendars
  throw new ConfigurationError(`configuration: ${ANCHOR.calendars.key}: ${wrong} is no http or https URL`)
}

const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

const isAddress = (text: string): text is `0x${string}` => /^0x[0-9a-fA-F]{40}$/.test(text)

/** @throws ConfigurationError where the URL is none; it is not repeated, since it may hold a key */
const requestAt = (url: string): Request => {
  if (isHttp(url)) return rpcAt(url)
  throw new ConfigurationError(`configuration: ${ANCHOR.rpc.key} is not usable: expected an http or https URL`)
}

/** @throws ConfigurationError that names the setting */
export const readAnchorSettings = (): AnchorSettings => {
  const environment = processEnvironment()
  refuseUnknownSettings(environment)
  const read = readSettings(ANCHOR, environment)
  const { rpc, accountKey, contract } = read
  if ((rpc === null) !== (accountKey === null))
    throw new ConfigurationError(
      `configuration: ${ANCHOR.rpc.key} and ${ANCHOR.accountKey.key} go together: a node, and the account that pays`,
    )
  if (contract !== null && !isAddress(contract))
    throw new ConfigurationError(
      `configuration: ${ANCHOR.contract.key} is not usable: expected ${ANCHOR.contract.takes.kind === "text" ? ANCHOR.contract.takes.form : "an address"}`,
    )
  return {
    logKey: read.logKey,
    calendars: calendarsIn(read.calendars),
    intervalMs: read.intervalSeconds * 1000,
    confirmations: read.confirmations,
    maxFeePerGas: BigInt(read.maxGwei) * GWEI,
    raiseAfterMs: read.raiseSeconds * 1000,
    evm:
      rpc === null || accountKey === null
        ? null
        : {
            request: requestAt(Redacted.value(rpc)),
            key: Redacted.value(accountKey) as `0x${string}`,
            contract: contract as `0x${string}` | null,
          },
  }
}
