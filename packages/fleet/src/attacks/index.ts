/** The attack catalogue: what the demo, the tests and the load tests inject. */
import type { Attack } from "../attack.ts"
import { algConfusion } from "./alg-confusion.ts"
import { algNone } from "./alg-none.ts"
import { bitFlip } from "./bit-flip.ts"
import { borrowedCredential } from "./borrowed-credential.ts"
import { brokenChain } from "./broken-chain.ts"
import { chainGap } from "./chain-gap.ts"
import { clone } from "./clone.ts"
import { controlByDevice } from "./control-by-device.ts"
import { controlByOne } from "./control-by-one.ts"
import { epochJump } from "./epoch-jump.ts"
import { equivocation } from "./equivocation.ts"
import { expiredCredential } from "./expired-credential.ts"
import { firmwareRolledBack } from "./firmware-rolled-back.ts"
import { firmwareTampered } from "./firmware-tampered.ts"
import { firmwareUnknown } from "./firmware-unknown.ts"
import { forbiddenZone } from "./forbidden-zone.ts"
import { forgedSignature } from "./forged-signature.ts"
import { futureTimestamp } from "./future-timestamp.ts"
import { identityCrowd } from "./identity-crowd.ts"
import { junkInName } from "./junk-in-name.ts"
import { malformedBytes } from "./malformed-bytes.ts"
import { messageFlood } from "./message-flood.ts"
import { olderBundle } from "./older-bundle.ts"
import { otherTyp } from "./other-typ.ts"
import { outsideCapability } from "./outside-capability.ts"
import { reordering } from "./reordering.ts"
import { replay } from "./replay.ts"
import { revokedCredential } from "./revoked-credential.ts"
import { staleTimestamp } from "./stale-timestamp.ts"
import { stuckSensor } from "./stuck-sensor.ts"
import { unreadableReadings } from "./unreadable-readings.ts"
import { unsignedBundle } from "./unsigned-bundle.ts"
import { untrustedIssuer } from "./untrusted-issuer.ts"
import { valueDrift } from "./value-drift.ts"
import { wrongKey } from "./wrong-key.ts"
import { wrongRouting } from "./wrong-routing.ts"
import { zoneSweep } from "./zone-sweep.ts"

/** In the order in which tables show them. */
export const ATTACKS: ReadonlyArray<Attack> = [
  bitFlip,
  forgedSignature,
  wrongKey,
  algNone,
  algConfusion,
  otherTyp,
  replay,
  wrongRouting,
  reordering,
  epochJump,
  clone,
  equivocation,
  staleTimestamp,
  futureTimestamp,
  expiredCredential,
  revokedCredential,
  untrustedIssuer,
  borrowedCredential,
  outsideCapability,
  brokenChain,
  chainGap,
  firmwareUnknown,
  firmwareTampered,
  firmwareRolledBack,
  forbiddenZone,
  zoneSweep,
  valueDrift,
  stuckSensor,
  messageFlood,
  junkInName,
  identityCrowd,
  controlByDevice,
  controlByOne,
  olderBundle,
  unsignedBundle,
  malformedBytes,
  unreadableReadings,
]
