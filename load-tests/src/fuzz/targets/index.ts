/** All targets. A new parser of bytes from outside gets one here. */
import type { Target } from "../target.ts"
import { ANCHOR } from "./anchor.ts"
import { COMPACT } from "./compact.ts"
import { CREDENTIAL_FORMATS } from "./credential-formats.ts"
import { CREDENTIALS } from "./credentials.ts"
import { DOCUMENTS } from "./documents.ts"
import { FIRMWARE } from "./firmware.ts"
import { HARDWARE } from "./hardware.ts"
import { IDENTITY } from "./identity.ts"
import { KNOWLEDGE } from "./knowledge.ts"
import { OWNERSHIP } from "./ownership.ts"
import { PASSPORT } from "./passport.ts"
import { RECORDS } from "./records.ts"
import { STATES } from "./states.ts"
import { STATUS_LISTS } from "./status-lists.ts"
import { TRANSPARENCY } from "./transparency.ts"
import { WIRE } from "./wire.ts"
import { WITNESS } from "./witness.ts"

export const targets: ReadonlyArray<Target> = [
  ...IDENTITY,
  ...COMPACT,
  ...CREDENTIALS,
  ...CREDENTIAL_FORMATS,
  ...STATUS_LISTS,
  ...KNOWLEDGE,
  ...DOCUMENTS,
  ...HARDWARE,
  ...FIRMWARE,
  ...TRANSPARENCY,
  ...WITNESS,
  ...ANCHOR,
  ...PASSPORT,
  ...OWNERSHIP,
  ...RECORDS,
  ...STATES,
  ...WIRE,
]
