export { type Clock, seenTime } from "./decide/clock.ts"
export { type Decision, decide, type HandshakeQuestion, type MessageQuestion, type Revoked } from "./decide/decide.ts"
export { type Message, openMessage, type Position } from "./decide/message.ts"
export {
  awaitHandshake,
  beginHandshake,
  type Checks,
  checksOf,
  type Handshake,
  type HandshakeState,
  type HandshakeStep,
  type Own,
  stepHandshake,
} from "./handshake/handshake.ts"
export { isRefused, type PassportReason, type Refused } from "./reason.ts"
export { openSlice, type Pins } from "./slice/open.ts"
export type { Slice, SliceConduit, SliceLimits } from "./slice/slice.ts"
export { openPassport, type Passport } from "./token/open.ts"
export type { Act, Assurance, Checkpoint, PassportClaims } from "./token/passport.ts"
export { openSnapshot, type Snapshot } from "./token/snapshot.ts"
