/**
 * Attacks of gateways that speak for devices which cannot sign. They are injected where the policy lets claims pass, and bring their
 * delegations with them.
 */
import type { Attack } from "../../attack.ts"
import { ATTACKS } from "../index.ts"
import { behindAGateway } from "./behind-a-gateway.ts"
import { deviceWithKey } from "./device-with-key.ts"
import { expiredDelegation } from "./expired-delegation.ts"
import { foreignDevice } from "./foreign-device.ts"
import { reDelegation } from "./re-delegation.ts"
import { twoStories } from "./two-stories.ts"
import { undeclaredName } from "./undeclared-name.ts"

export const DELEGATION_ATTACKS: ReadonlyArray<Attack> = [
  undeclaredName,
  expiredDelegation,
  reDelegation,
  deviceWithKey,
  foreignDevice,
  twoStories,
  behindAGateway,
]

/** Every attack that there is. */
export const CATALOGUE: ReadonlyArray<Attack> = [...ATTACKS, ...DELEGATION_ATTACKS]
