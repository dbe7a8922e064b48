/** What is kept of a device when the log goes on in another epoch: all but where its messages lay in `submitted`. */
import { type IdentityState, LAYOUT } from "./state.ts"

/**
 * The offsets say where the other message of a proof lies. In the next epoch they would name others, so they become that of
 * its first entry, which is no message: the later one of a proof then stands alone.
 */
export const withoutOffsets = (state: IdentityState): IdentityState => {
  const draft = LAYOUT.draft(state)
  for (let at = 0; at < draft.recent.length; at++) draft.recent.at(at).offset = 0
  for (let at = 0; at < draft.awaited.length; at++) draft.awaited.at(at).offset = 0
  for (let at = 0; at < draft.sides.length; at++) {
    const side = draft.sides.at(at)
    side.firstOffset = 0
    side.headOffset = 0
  }
  return LAYOUT.seal(draft)
}
