/** Attacks on a device's life. Apart from the catalogue: the world of its runs knows no vouchers. */
import type { Attack } from "../attack.ts"
import { claimReplayed } from "./claim-replayed.ts"
import { commandAfterTransfer } from "./command-after-transfer.ts"
import { lifeByOne } from "./life-by-one.ts"
import { useAfterRetirement } from "./use-after-retirement.ts"
import { useWhileSuspended } from "./use-while-suspended.ts"
import { voucherForged } from "./voucher-forged.ts"
import { voucherOfAnother } from "./voucher-of-another.ts"

export const LIFE_ATTACKS: ReadonlyArray<Attack> = [
  voucherOfAnother,
  voucherForged,
  claimReplayed,
  lifeByOne,
  useWhileSuspended,
  useAfterRetirement,
  commandAfterTransfer,
]
