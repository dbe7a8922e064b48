/** The places that `assay anchor run` writes to, as they are configured. */
import { type Anchor, type AnchorLog, whenReachable } from "@assay/anchor"
import { EvmAnchor, RpcError } from "@assay/anchor/evm"
import { OtsAnchor } from "@assay/anchor/opentimestamps"
import { ANCHOR, ConfigurationError } from "@assay/settings"
import type { AnchorSettings } from "./settings.ts"
import { evmDirectory, otsDirectory } from "./state.ts"

/** A chain whose newest block is so old stands still. */
const STALL_MS = 600_000

const openEvm = (settings: AnchorSettings, dir: string, log: AnchorLog): Promise<Anchor> | null => {
  const { evm, confirmations, maxFeePerGas, raiseAfterMs } = settings
  if (evm === null) return null
  const { contract, ...chain } = evm
  if (contract === null)
    throw new ConfigurationError(
      `configuration: ${ANCHOR.contract.key} is missing: assay anchor deploy makes the contract, once`,
    )
  const common = { confirmations, maxFeePerGas, raiseAfterMs, stallMs: STALL_MS }
  const options = { ...chain, ...common, contract, log: log.key, history: log, directory: evmDirectory(dir) }
  return whenReachable(
    `evm-${contract}`,
    () => EvmAnchor.open(options),
    (cause) => cause instanceof RpcError,
  )
}

/** @param dir of `assay anchor`. @throws ConfigurationError, AnchorError */
export const openAnchors = async (
  settings: AnchorSettings,
  dir: string,
  log: AnchorLog,
): Promise<ReadonlyArray<Anchor>> => {
  const { calendars, intervalMs } = settings
  const evm = await openEvm(settings, dir, log)
  const ots =
    calendars.length === 0
      ? []
      : [await OtsAnchor.open({ calendars, directory: otsDirectory(dir), intervalMs, askMs: intervalMs })]
  return [...(evm === null ? [] : [evm]), ...ots]
}
