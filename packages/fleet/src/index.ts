export { type Attack, type Label, meets, type Step, type Submission } from "./attack.ts"
export { CATALOGUE, DELEGATION_ATTACKS } from "./attacks/delegation/index.ts"
export { ATTACKS } from "./attacks/index.ts"
export { CSE_ATTACKS } from "./cse/index.ts"
export { Device, type SenmlRecord } from "./device.ts"
export { activateCredential } from "./hardware/activate.ts"
export { HARDWARE_ATTACKS } from "./hardware/attacks/index.ts"
export { evidenceOf, Prover } from "./hardware/prover.ts"
export {
  diceChain,
  diceEvidence,
  elementEvidence,
  LAYERS,
  leafName,
  TokenChip,
} from "./hardware/roots-of-trust.ts"
export { BOOT, type HardwareServices } from "./hardware/services.ts"
export { digestOf, SoftTpm } from "./hardware/tpm.ts"
export { eventLogOf } from "./hardware/tpm-bytes.ts"
export { derive, fraction, type Identity, identityOf, signatureOf } from "./keys.ts"
export { type Emission, type Kind, LEARNED_AFTER, type Right } from "./kind.ts"
export { KINDS } from "./kinds/index.ts"
export { STILL_PUNISHED } from "./kinds/still-punished.ts"
export { LIFE_ATTACKS } from "./life/index.ts"
export { claimBy, enrolmentOf, handedOver, lifeBy, voucherFor } from "./life/ownership.ts"
export { type Arrival, machineOf, together } from "./machine.ts"
export { type FleetPlan, fleetPlan, type PlanOptions } from "./plan.ts"
export { policyText } from "./plant.ts"
export { type Random, randomOf } from "./random.ts"
export { LOG_ATTACKS, RELEASE_ATTACKS } from "./releases/index.ts"
export { type Fared, wrongOf } from "./right.ts"
export { envelopeOf, type Scale, Scene } from "./scene.ts"
export { headerOf, signingInput, signText, signToken, withSignature } from "./token.ts"
export { World, type WorldOptions } from "./world.ts"
