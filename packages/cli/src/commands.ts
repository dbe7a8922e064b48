/** All commands of `assay`, in the order of the help. */
import type { Command } from "./command.ts"
import { bench } from "./commands/bench.ts"
import { credential } from "./commands/credential.ts"
import { demo } from "./commands/demo.ts"
import { device } from "./commands/device.ts"
import { doctor } from "./commands/doctor.ts"
import { explain } from "./commands/explain.ts"
import { init } from "./commands/init.ts"
import { keygen } from "./commands/keygen.ts"
import { bundle, policy } from "./commands/knowledge.ts"
import { prove, verifyProofCommand } from "./commands/prove.ts"
import { quarantine } from "./commands/quarantine.ts"
import { replay } from "./commands/replay.ts"
import { run } from "./commands/run.ts"
import { sign } from "./commands/sign.ts"
import { submit } from "./commands/submit.ts"
import { tail } from "./commands/tail.ts"
import { verify } from "./commands/verify.ts"

export const COMMANDS: ReadonlyArray<Command> = [
  demo,
  init,
  run,
  doctor,
  submit,
  tail,
  explain,
  device,
  quarantine,
  verify,
  prove,
  verifyProofCommand,
  replay,
  keygen,
  credential,
  sign,
  bundle,
  policy,
  bench,
]
